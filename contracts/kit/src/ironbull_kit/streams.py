"""Which streams and consumers must be there? Made again when the server lost its disk."""

from typing import Final

from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import NotFoundError

from ironbull_messages import subjects
from ironbull_messages.words import Lane

SIGNAL_DAYS: Final = 7
RESULT_DAYS: Final = 30
EVENT_DAYS: Final = 30
DAY_SECONDS: Final = 86_400
ACK_WAIT_SECONDS: Final = 30
MAX_ACK_PENDING: Final = 5_000
DUPLICATE_WINDOW_SECONDS: Final = 120
ALLOW_ATOMIC: Final = frozenset({subjects.TASKS, subjects.EVENTS})
_DAYS: Final = {
    subjects.SIGNALS: SIGNAL_DAYS,
    subjects.RESULTS: RESULT_DAYS,
    subjects.EVENTS: EVENT_DAYS,
}


async def ensure_streams(js: JetStreamContext) -> list[str]:
    """Make the streams that are missing; return their names."""
    made = []
    for name, covered in subjects.STREAM_SUBJECTS.items():
        try:
            await js.stream_info(name)
        except NotFoundError:
            await js.add_stream(_stream(name, covered))
            made.append(name)
    return made


async def ensure_lanes(js: JetStreamContext, token: str) -> list[str]:
    """Make a member's two durable consumers where they are missing; return their names."""
    made = []
    for lane in Lane:
        durable = subjects.consumer(token, lane)
        try:
            await js.consumer_info(subjects.TASKS, durable)
        except NotFoundError:
            wanted = _consumer(durable, subjects.consumer_filter(token, lane))
            await js.add_consumer(subjects.TASKS, wanted)
            made.append(durable)
    return made


async def ensure_reader(js: JetStreamContext, stream: str, durable: str) -> None:
    """Make a central role's durable consumer of a whole stream where it is missing."""
    try:
        await js.consumer_info(stream, durable)
    except NotFoundError:
        await js.add_consumer(stream, _consumer(durable, subjects.STREAM_SUBJECTS[stream][0]))


def _stream(name: str, covered: tuple[str, ...]) -> StreamConfig:
    is_queue = name == subjects.TASKS
    days = _DAYS.get(name)
    return StreamConfig(
        name=name,
        subjects=list(covered),
        retention=RetentionPolicy.WORK_QUEUE if is_queue else RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        max_age=float(days * DAY_SECONDS) if days else 0.0,
        duplicate_window=DUPLICATE_WINDOW_SECONDS,
        allow_atomic=name in ALLOW_ATOMIC,
    )


def _consumer(durable: str, covered: str) -> ConsumerConfig:
    return ConsumerConfig(
        durable_name=durable,
        filter_subject=covered,
        ack_policy=AckPolicy.EXPLICIT,
        deliver_policy=DeliverPolicy.ALL,
        ack_wait=ACK_WAIT_SECONDS,
        max_deliver=-1,
        max_ack_pending=MAX_ACK_PENDING,
    )
