"""Settle results: fills, states, positions, and what a closed position costs; one commit."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from pydantic import ValidationError

from ironbull_app.flows.release_waiting import release_waiting
from ironbull_app.flows.settle_closed import settle_closed
from ironbull_app.flows.tasks import CLOSING
from ironbull_app.ports.settling import (
    BookedOrder,
    ChangedOrder,
    NewFill,
    OrderKey,
    SettleStore,
    Settling,
)
from ironbull_core.orders import OrderChange, Reported, merge, missing_quantity
from ironbull_core.positions import Position, apply_fill
from ironbull_kit import crash, logs
from ironbull_kit.consume import Delivered
from ironbull_messages import subjects
from ironbull_messages.result import Result


async def settle_results(messages: Sequence[Delivered], ports: Settling) -> None:
    """Handle a batch of results.

    Raises:
        ValueError: a message is no result, or speaks for or of somebody else.
        LookupError: a result is of an order that is not known, as after a database was set back.
    """
    read = {message.message_id: _read(message) for message in messages}
    async with ports.open() as store:
        fresh = await store.claim(sorted(read))
        results = sorted((read[one] for one in fresh), key=_order)
        if results:
            await _settle(results, store, ports.now())
        crash.point("settler.before-commit")
    crash.point("settler.after-commit")


async def _settle(results: Sequence[Result], store: SettleStore, now: datetime) -> None:
    """Book openings, then closes, then what their trades make of positions, in the venue's order.

    A close whose opening is not booked to its end would end the position's life too early. It is
    left as if it had not been told: its task stays open, so its member is asked for it again.
    """
    orders = await store.lock(results)
    _refuse_unknown(results, orders)
    for result in results:
        _refuse_other(result, orders[_key(result)])
    opening = [one for one in results if orders[_key(one)].action not in CLOSING]
    closing = [one for one in results if orders[_key(one)].action in CLOSING]
    fills, ended = await _book(opening, orders, store)
    early = await _early(closing, orders, store)
    timely = [one for one in closing if _key(one) not in early]
    more_fills, more_ended = await _book(timely, orders, store)
    await _apply([*fills, *more_fills], orders, store)
    orphans = await store.end_orphans(sorted({one.place for one in orders.values()}, key=str))
    complete = [*ended, *more_ended, *orphans]
    await release_waiting(complete, store, now)
    await store.finish_tasks(complete)


async def _early(
    closing: Sequence[Result], orders: Mapping[OrderKey, BookedOrder], store: SettleStore
) -> frozenset[OrderKey]:
    """Return closes that tell of trades while trades of their opening may still come."""
    traded = {_key(one): orders[_key(one)] for one in closing if one.trades}
    if not traded:
        return frozenset()
    places = {order.place for order in traded.values()}
    opening = await store.still_opening(sorted(places, key=str))
    return frozenset(key for key, order in traded.items() if (order.place, order.leg) in opening)


async def _book(
    results: Sequence[Result], orders: dict[OrderKey, BookedOrder], store: SettleStore
) -> tuple[list[NewFill], list[OrderKey]]:
    """Book trades and states of orders; return the new trades and the orders that are complete."""
    fills = await store.add_fills(results, orders)
    booked = {_key(result): orders[_key(result)].facts.booked_quantity for result in results}
    for new in fills:
        booked[new.order] += new.fill.quantity
    return fills, await _book_states(results, orders, booked, store)


async def _apply(
    fills: Sequence[NewFill], orders: Mapping[OrderKey, BookedOrder], store: SettleStore
) -> None:
    """Make of new trades what they make of positions, and settle those that went flat."""
    places = sorted({orders[one.order].place for one in fills}, key=str)
    open_positions = await store.positions(places)
    touched: dict[tuple[str, object], Position] = {}
    for new in sorted(fills, key=_traded):
        order = orders[new.order]
        held = open_positions.get(order.place)
        applied = apply_fill(held, new.fill, order.account_id, order.symbol)
        for position in applied.touched:
            touched[order.tenant, position.id] = position
        if applied.current is None:
            open_positions.pop(order.place, None)
        else:
            open_positions[order.place] = applied.current
    changed = [(tenant, position) for (tenant, _), position in touched.items()]
    await store.save_positions(changed)
    await settle_closed([one for one in changed if one[1].is_flat], orders, store)


async def _book_states(
    results: Sequence[Result],
    orders: dict[OrderKey, BookedOrder],
    booked: Mapping[OrderKey, Decimal],
    store: SettleStore,
) -> list[OrderKey]:
    """Merge what the results say of states; return orders that are ended and complete."""
    ended: list[OrderKey] = []
    changes: list[ChangedOrder] = []
    for result in results:
        key = _key(result)
        order = orders[key]
        change = merge(order.facts, _reported(result))
        _alert(result, change)
        facts = replace(
            order.facts,
            state=change.state,
            seq=change.seq,
            filled_quantity=change.filled_quantity,
            booked_quantity=booked[key],
        )
        orders[key] = replace(order, facts=facts)
        changes.append(ChangedOrder(order, change, booked[key], result))
        if change.state.is_terminal and missing_quantity(change, booked[key]) == 0:
            ended.append(key)
    await store.save_orders(changes)
    return ended


def _refuse_unknown(results: Sequence[Result], orders: Mapping[OrderKey, BookedOrder]) -> None:
    """Raise when an order is not known: its trades are facts and must not vanish in silence."""
    unknown = {_key(result) for result in results} - orders.keys()
    if unknown:
        names = ", ".join(sorted(f"{tenant}/{order}" for tenant, order in unknown))
        raise LookupError(f"results of orders that are not known: {names}")


def _refuse_other(result: Result, order: BookedOrder) -> None:
    """Raise when a member speaks of an account or a symbol that its order is not of."""
    symbols = {trade.symbol for trade in result.trades} - {order.symbol}
    if result.account_id != order.account_id or symbols:
        raise ValueError(
            f"result of order {order.id} speaks of account {result.account_id} {sorted(symbols)}, "
            f"not of {order.account_id} {order.symbol}"
        )


def _alert(result: Result, change: OrderChange) -> None:
    if change.is_correction:
        logs.get().error("terminal_state_corrected", order=result.order_id, state=change.state)
    if change.is_fenced:
        logs.get().warning("claim_fenced", order=result.order_id, epoch=result.epoch)


def _reported(result: Result) -> Reported:
    return Reported(result.state, result.seq, result.epoch, result.filled_quantity)


def _read(message: Delivered) -> Result:
    """Parse at the door: tenant and token come from the subject, a body that differs is refused."""
    try:
        result = Result.model_validate_json(message.body)
    except ValidationError as error:
        raise ValueError(f"no result on {message.subject}: {error}") from error
    if message.subject != subjects.result(result.tenant, result.token):
        raise ValueError(f"{message.subject} speaks for {result.tenant}/{result.token}")
    return result


def _key(result: Result) -> OrderKey:
    return result.tenant, result.order_id


def _traded(new: NewFill) -> tuple[datetime, str]:
    return new.fill.traded_at, new.fill.venue_trade_id


def _order(result: Result) -> tuple[str, int]:
    return str(result.task_id), result.seq
