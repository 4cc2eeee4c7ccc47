"""Which NATS subject, stream and consumer carries what? The only place where one is spelled.

The centre takes tenant and token from the subject and refuses a body that differs.
"""

from dataclasses import dataclass
from typing import Final

from ironbull_messages.words import Lane, Timeframe

SIGNALS: Final = "SIGNALS"
TASKS: Final = "TASKS"
RESULTS: Final = "RESULTS"
EVENTS: Final = "EVENTS"
STREAM_SUBJECTS: Final[dict[str, tuple[str, ...]]] = {
    SIGNALS: ("signal.*.*",),
    TASKS: ("task.*.*.*",),
    RESULTS: ("result.*.*",),
    EVENTS: ("event.*.*",),
}

SYSTEM_CLAIMS_UPDATE: Final = "$SYS.REQ.CLAIMS.UPDATE"
SYSTEM_CLAIMS_LIST: Final = "$SYS.REQ.CLAIMS.LIST"
SYSTEM_CLAIMS_DELETE: Final = "$SYS.REQ.CLAIMS.DELETE"


@dataclass(frozen=True, slots=True)
class MemberSubject:
    """A subject of the shape `<word>.<tenant>.<token>`."""

    word: str
    tenant: str
    token: str


def signal(tenant: str, strategy: str) -> str:
    """Return where a strategy's signals go."""
    return f"signal.{tenant}.{strategy}"


def task(tenant: str, token: str, lane: Lane) -> str:
    """Return where a member's tasks of one lane go."""
    return f"task.{tenant}.{token}.{lane.value}"


def result(tenant: str, token: str) -> str:
    """Return where a member's results go."""
    return f"result.{tenant}.{token}"


def event(tenant: str, kind: str) -> str:
    """Return where a tenant's events of one kind go."""
    return f"event.{tenant}.{kind}"


def control(tenant: str, token: str) -> str:
    """Return where a member hears its versioned snapshot."""
    return f"control.{tenant}.{token}"


def hello(tenant: str, token: str) -> str:
    """Return where a member introduces itself."""
    return f"hello.{tenant}.{token}"


def beat(tenant: str, token: str) -> str:
    """Return where a member beats."""
    return f"beat.{tenant}.{token}"


def grant(tenant: str, token: str) -> str:
    """Return where a member asks for the sealed keys of its leases."""
    return f"grant.{tenant}.{token}"


def renew(tenant: str, token: str) -> str:
    """Return where a member or an engine asks for a new user JWT."""
    return f"renew.{tenant}.{token}"


def sync(tenant: str, token: str) -> str:
    """Return where a member reports balances and positions."""
    return f"sync.{tenant}.{token}"


def candle(feed: str, symbol: str, timeframe: Timeframe) -> str:
    """Return where closed candles of a feed go."""
    return f"candle.{feed}.{symbol}.{timeframe.value}"


def price(feed: str, symbol: str) -> str:
    """Return where prices of a feed go."""
    return f"price.{feed}.{symbol}"


def history(feed: str, symbol: str, timeframe: Timeframe) -> str:
    """Return where past candles of a feed are asked for."""
    return f"history.{feed}.{symbol}.{timeframe.value}"


def any_history(feed: str) -> str:
    """Return where past candles of all series of a feed are asked for."""
    return f"history.{feed}.>"


def wake(role: str) -> str:
    """Return where one central role rings another; a bell, never a fact."""
    return f"wake.{role}"


def consumer(token: str, lane: Lane) -> str:
    """Return the durable consumer of a member's lane."""
    return f"{token}-{lane.value}"


def consumer_filter(token: str, lane: Lane) -> str:
    """Return the tasks that a member's lane consumes."""
    return f"task.*.{token}.{lane.value}"


def next_message(token: str, lane: Lane) -> str:
    """Return the JetStream API subject that pulls from a member's lane."""
    return f"$JS.API.CONSUMER.MSG.NEXT.{TASKS}.{consumer(token, lane)}"


def acknowledge(token: str, lane: Lane) -> str:
    """Return the JetStream subjects on which a member's lane acknowledges."""
    return f"$JS.ACK.{TASKS}.{consumer(token, lane)}.>"


def inbox_prefix(token: str) -> str:
    """Return the prefix of a client's own inbox; nobody else may subscribe below it."""
    return f"_INBOX_{token}"


ANY_NEXT_MESSAGE: Final = f"$JS.API.CONSUMER.MSG.NEXT.{TASKS}.*"
ANY_ACKNOWLEDGE: Final = f"$JS.ACK.{TASKS}.>"
ANY_SIGNAL: Final = "signal.*.*"
ANY_RESULT: Final = "result.*.*"
ANY_HELLO: Final = "hello.*.*"
ANY_BEAT: Final = "beat.*.*"
ANY_GRANT: Final = "grant.*.*"
ANY_RENEW: Final = "renew.*.*"
ANY_SYNC: Final = "sync.*.*"
ANY_CONTROL: Final = "control.*.*"
ANY_HISTORY: Final = "history.>"
ANY_CANDLE: Final = "candle.>"
ANY_PRICE: Final = "price.>"
ANY_STRATEGY: Final = "*"
"""The wildcard in `signal(tenant, ANY_STRATEGY)`: all strategies of one tenant."""

_MEMBER_PARTS: Final = 3


def parse_member(subject: str) -> MemberSubject:
    """Read `<word>.<tenant>.<token>`.

    Raises:
        ValueError: the subject has another shape.
    """
    parts = subject.split(".")
    if len(parts) != _MEMBER_PARTS:
        raise ValueError(f"subject must look like word.tenant.token, not {subject[:96]!r}")
    return MemberSubject(*parts)


@dataclass(frozen=True, slots=True)
class SeriesSubject:
    """A subject of the shape `<word>.<feed>.<symbol>.<timeframe>`."""

    feed: str
    symbol: str
    timeframe: Timeframe


_SERIES_PARTS: Final = 4


def parse_series(subject: str) -> SeriesSubject:
    """Read `<word>.<feed>.<symbol>.<timeframe>`.

    Raises:
        ValueError: the subject has another shape.
    """
    parts = subject.split(".")
    if len(parts) != _SERIES_PARTS:
        raise ValueError(f"subject must look like word.feed.symbol.1h, not {subject[:96]!r}")
    return SeriesSubject(parts[1], parts[2], Timeframe(parts[3]))
