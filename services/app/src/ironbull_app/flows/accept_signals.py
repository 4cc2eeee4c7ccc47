"""Accept signals and make orders of them: claim, load, decide, save, tell, in one commit."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import ValidationError

from ironbull_app.flows.tasks import OrderIntent, order_task
from ironbull_app.ports.delivery import Routes
from ironbull_app.ports.dispatching import Dispatching, DispatchStore
from ironbull_core.facts import Decision, PlannedOrder, Refused, SignalFacts
from ironbull_core.money_path import NOBODY, decide
from ironbull_kit import crash
from ironbull_kit.consume import Delivered
from ironbull_messages import ids, subjects
from ironbull_messages.refusals import Refusal
from ironbull_messages.signal import Signal
from ironbull_messages.task import OrderTask
from ironbull_messages.words import Action


async def accept_signals(messages: Sequence[Delivered], ports: Dispatching) -> None:
    """Handle a batch; CLOSE precedes OPEN of the same candle, candles come in order.

    Raises:
        ValueError: a message is no signal, or speaks for somebody else.
    """
    read = {message.message_id: _read(message) for message in messages}
    async with ports.open() as store:
        fresh = await store.claim(sorted(read))
        signals = sorted((read[message_id] for message_id in fresh), key=_order)
        await store.lock(signals)
        for signal in signals:
            if not await store.is_known(signal):
                await _accept(signal, store, ports.now())
        crash.point("dispatcher.before-commit")
    crash.point("dispatcher.after-commit")


async def _accept(signal: Signal, store: DispatchStore, now: datetime) -> None:
    context = await store.context(signal)
    if context.strategy is None:
        unknown = Refused(NOBODY, Refusal.STRATEGY_UNKNOWN, {"version": signal.strategy_version})
        await store.save(signal, Decision(unknown), ())
        return
    decision = decide(
        _facts(signal),
        context.strategy,
        context.candidates,
        context.market,
        tenant_is_active=context.tenant_is_active,
    )
    tasks = _tasks(signal, decision.planned, context.routes, now)
    await store.save(signal, decision, tasks)


def _tasks(
    signal: Signal, planned: Sequence[PlannedOrder], routes: Routes, now: datetime
) -> list[OrderTask]:
    """Return the tasks of orders that go now; a close without a member waits for the sweeper."""
    return [
        order_task(_intent(signal, order), routes[order.account_id], now)
        for order in planned
        if order.after_order_id is None and order.account_id in routes
    ]


def _intent(signal: Signal, order: PlannedOrder) -> OrderIntent:
    return OrderIntent(
        id=order.id,
        tenant=signal.tenant,
        account_id=order.account_id,
        symbol=signal.symbol,
        action=order.action,
        leg=order.leg,
        quantity=order.quantity,
        leverage=order.leverage,
        as_of=signal.close_at,
        strategy=ids.StrategyName(signal.strategy),
    )


def _facts(signal: Signal) -> SignalFacts:
    return SignalFacts(
        id=signal.id,
        symbol=signal.symbol,
        action=signal.action,
        leg=signal.leg,
        price=signal.price,
        stop_loss=signal.stop_loss,
        take_profit=signal.take_profit,
        confidence=signal.confidence,
        close_at=signal.close_at,
        valid_until=signal.close_at + signal.timeframe.duration,
    )


def _read(message: Delivered) -> Signal:
    """Parse at the door: the subject says who speaks, the id must be the derived one."""
    try:
        signal = Signal.model_validate_json(message.body)
    except ValidationError as error:
        raise ValueError(f"no signal on {message.subject}: {error}") from error
    if message.subject != subjects.signal(signal.tenant, signal.strategy):
        raise ValueError(f"{message.subject} speaks for {signal.tenant}/{signal.strategy}")
    derived = ids.signal_id(
        signal.tenant,
        signal.strategy,
        signal.strategy_version,
        signal.symbol,
        signal.timeframe,
        signal.close_at,
        signal.action,
        signal.leg,
    )
    if signal.id != derived:
        raise ValueError(f"signal id {signal.id} is not the derived {derived}")
    return signal


def _order(signal: Signal) -> tuple[datetime, bool, str]:
    return signal.close_at, signal.action not in {Action.CLOSE, Action.REDUCE}, str(signal.id)
