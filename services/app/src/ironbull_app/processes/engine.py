"""The engine role: closed candles become a tenant's signals. It has neither keys nor database.

It asks for the past at the start, after a reconnect and at a gap, and says the signals of the last
candles again: their ids are derived, so the dispatcher drops what it knows, and a stream that lost
its disk is told anew.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, assert_never

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from prometheus_client import Counter, Gauge
from pydantic import ValidationError

from ironbull_kit import batch, bus, credentials, documents, drain, health, logs
from ironbull_kit.batch import Outgoing, PublishError
from ironbull_kit.drain import wait
from ironbull_messages import subjects
from ironbull_messages.launch import EngineLaunch
from ironbull_messages.market import Candle, HistoryReply, HistoryRequest
from ironbull_messages.problems import Problem
from ironbull_messages.resources import Document, Strategy, Tenant
from ironbull_messages.signal import Signal
from ironbull_messages.words import DesiredState, Environment, VenueType, feed_id
from ironbull_strategies.line import Fit, Line

SAID_AGAIN: Final = 30
"""Candles whose signals are said again after a warm-up."""
HISTORY_SECONDS: Final = 10.0
RETRY_SECONDS: Final = 0.5
LOOK_SECONDS: Final = 0.5
MAX_CANDLES_WAITING: Final = 10_000
MAX_SIGNALS_WAITING: Final = 10_000
STOP_SECONDS: Final = 5.0

SIGNALS: Final = Counter("ironbull_signals_total", "Signals stored by the stream.", ("strategy",))
WARM_UPS: Final = Counter(
    "ironbull_warm_ups_total", "Times the past was asked for.", ("strategy", "why")
)
WAITING: Final = Gauge("ironbull_signals_waiting", "Signals the stream has not stored yet.")


async def run(launch: EngineLaunch) -> None:
    """Be the engine's process.

    Raises:
        Problem: as `serve`.
    """
    logs.configure("engine", launch.log_level)
    credentials.take_longer_lived(launch.nats_creds_source, launch.nats_creds)
    await serve(launch, drain.on_signals())


async def serve(launch: EngineLaunch, stopping: asyncio.Event) -> None:
    """Serve the tenant's strategies until the process should end.

    Raises:
        Problem: the documents cannot be read, no strategy of them can run, or NATS is not there.
    """
    lines = make_lines(documents.load(launch.documents), launch.tenant)
    client = await bus.connect(
        launch.nats_url,
        launch.nats_creds,
        f"engine {launch.tenant}",
        subjects.inbox_prefix(launch.token),
        stopping.set,
    )
    engine = Engine(client, lines)
    try:
        async with health.serve(
            launch.health_port, engine.missing, launch.health_file, launch.host
        ):
            await asyncio.gather(
                engine.run(stopping),
                bus.keep_renewed(client, launch.nats_creds, launch.tenant, launch.token, stopping),
            )
    finally:
        await client.close()


def make_lines(found: Sequence[Document], tenant: str) -> list[Line]:
    """Make a line per running strategy and symbol of a tenant.

    A strategy that cannot run does not stop the others.

    Raises:
        Problem: the last one's, when none can run.
    """
    feeds = {
        venue.name: feed_id(venue.type, venue.environment)
        for one in found
        if isinstance(one, Tenant) and one.metadata.name == tenant
        for venue in one.spec.venues
    }
    lines: list[Line] = []
    refused: Problem | None = None
    for one in found:
        if not isinstance(one, Strategy) or one.tenant != tenant:
            continue
        if one.spec.desired_state is not DesiredState.RUNNING:
            continue
        # One venue type is spoken, so without its tenant a document still names one feed.
        lone = feed_id(VenueType.BINANCE, Environment(one.spec.mode))
        feed = feeds.get(one.spec.venue, lone)
        try:
            lines += [Line(one, feed, symbol) for symbol in one.spec.symbols]
        except Problem as problem:
            logs.get().error("strategy_refused", strategy=one.metadata.name, why=str(problem))
            refused = problem
    if refused is not None and not lines:
        raise refused
    return lines


@dataclass(slots=True)
class _Fed:
    """A line, and the price step that came with its past; None: it waits for its past."""

    line: Line
    tick: Decimal | None = None


@dataclass(slots=True)
class _Stream:
    """The lines that live of one candle subject, and what they have not judged yet.

    A None among the candles asks for the past of those that wait for it.
    """

    fed: list[_Fed] = field(default_factory=list)
    candles: asyncio.Queue[Candle | None] = field(
        default_factory=lambda: asyncio.Queue(MAX_CANDLES_WAITING)
    )


@dataclass(slots=True)
class Engine:
    """All lines of one tenant on one connection."""

    client: Client
    lines: Sequence[Line]
    _streams: dict[str, _Stream] = field(default_factory=dict)
    _signals: asyncio.Queue[Signal] = field(
        default_factory=lambda: asyncio.Queue(MAX_SIGNALS_WAITING)
    )
    _reconnects: int = 0

    def missing(self) -> dict[str, str]:
        """Return the lines that wait for their past, and a lost connection."""
        waiting = {
            f"{fed.line.origin.strategy}/{fed.line.origin.symbol}": "waits for past candles"
            for fed in self._all()
            if fed.tick is None
        }
        return waiting if self.client.is_connected else waiting | {"nats": "not connected"}

    async def run(self, stopping: asyncio.Event) -> None:
        """Listen, judge and tell until the process should end."""
        for line in self.lines:
            origin = line.origin
            subject = subjects.candle(origin.feed, origin.symbol, line.timeframe)
            self._streams.setdefault(subject, _Stream()).fed.append(_Fed(line))
        for subject in self._streams:
            await self.client.subscribe(subject, cb=self._hear)
        self._reconnects = self._reconnected()
        works: list[Coroutine[Any, Any, object]]
        works = [self._tell(stopping), self._watch(stopping), stopping.wait()]
        works += [self._judge(stream, stopping) for stream in self._streams.values()]
        tasks = [asyncio.create_task(work) for work in works]
        try:
            # A loop that ends before the process should has failed; its error is raised here.
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=STOP_SECONDS)

    def _all(self) -> list[_Fed]:
        return [fed for stream in self._streams.values() for fed in stream.fed]

    async def _hear(self, message: Msg) -> None:
        try:
            candle = Candle.model_validate_json(message.data)
        except ValidationError as error:
            logs.get().error("candle_unreadable", subject=message.subject, why=str(error)[:500])
            return
        await self._streams[message.subject].candles.put(candle)

    async def _judge(self, stream: _Stream, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            candle = await stream.candles.get()
            for fed in stream.fed:
                if fed.tick is None:
                    await self._warm_up(fed, "start" if fed.line.newest is None else "reconnect")
                elif candle is not None:
                    await self._take(fed, fed.tick, candle)

    async def _take(self, fed: _Fed, tick: Decimal, candle: Candle) -> None:
        match fed.line.fit(candle):
            case Fit.NEXT:
                await self._say(fed.line.extend((candle,), tick))
            case Fit.GAP:
                fed.tick = None
                await self._warm_up(fed, "gap")
            case Fit.KNOWN:
                pass
            case never:
                assert_never(never)

    async def _warm_up(self, fed: _Fed, why: str) -> None:
        """Ask for the past, take it, and say the last candles' signals again; else wait on."""
        origin = fed.line.origin
        newest = fed.line.newest
        reply = await self._history(fed.line)
        if reply is None:
            return
        WARM_UPS.labels(origin.strategy, why).inc()
        fed.tick = reply.tick_size
        unseen = sum(newest is None or one.open_at >= newest.close_at for one in reply.candles)
        last = SAID_AGAIN if newest is None else max(SAID_AGAIN, unseen)
        signals = fed.line.warm_up(reply.candles, reply.tick_size, last)
        logs.get().info(
            "warmed_up",
            strategy=origin.strategy,
            symbol=origin.symbol,
            why=why,
            candles=len(reply.candles),
            signals=len(signals),
        )
        await self._say(signals)

    async def _history(self, line: Line) -> HistoryReply | None:
        subject = subjects.history(line.origin.feed, line.origin.symbol, line.timeframe)
        request = HistoryRequest(limit=line.window_length + SAID_AGAIN)
        try:
            answer = await self.client.request(subject, request.to_bytes(), timeout=HISTORY_SECONDS)
            return HistoryReply.model_validate_json(answer.data)
        except (NatsError, TimeoutError, ValidationError) as error:
            logs.get().warning("history_failed", subject=subject, why=f"{type(error).__name__}")
            return None

    async def _say(self, signals: Sequence[Signal]) -> None:
        for signal in signals:
            await self._signals.put(signal)
        WAITING.set(self._signals.qsize())

    async def _tell(self, stopping: asyncio.Event) -> None:
        """Publish one after the other, so that a close stays before the open that follows it."""
        while not stopping.is_set():
            signal = await self._signals.get()
            subject = subjects.signal(signal.tenant, signal.strategy)
            outgoing = Outgoing(subject, str(signal.id), signal.to_bytes())
            while not stopping.is_set():
                try:
                    await batch.publish(self.client, (outgoing,))
                except PublishError as error:
                    logs.get().warning("signal_not_stored", subject=subject, why=str(error))
                    await wait(stopping, RETRY_SECONDS)
                    continue
                SIGNALS.labels(signal.strategy).inc()
                break
            WAITING.set(self._signals.qsize())

    async def _watch(self, stopping: asyncio.Event) -> None:
        """Ask for the past that is missing, and for all of it after a reconnect.

        What was said while the connection was lost is lost, and so may be the stream.
        """
        while not stopping.is_set():
            if self.client.is_connected and self._reconnected() != self._reconnects:
                self._reconnects = self._reconnected()
                for fed in self._all():
                    fed.tick = None
            for stream in self._streams.values():
                if stream.candles.empty() and any(fed.tick is None for fed in stream.fed):
                    stream.candles.put_nowait(None)
            await wait(stopping, LOOK_SECONDS)

    def _reconnected(self) -> int:
        return int(self.client.stats["reconnects"])
