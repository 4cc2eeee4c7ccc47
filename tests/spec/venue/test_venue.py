"""What every venue adapter must do: numbered cards, played on an exchange of its protocol."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from spec.venue.desk import ADAPTERS, DEPOSIT, FAR_BELOW, SYMBOL, Desk

from ironbull_messages.fleet import Credentials
from ironbull_messages.words import Leg, OrderState, Side
from ironbull_node.venue.port import NeverSent, Placement, Rejected, Submitted, Unknown, VenueError

NOBODY = "http://127.0.0.1:9"
A_MINUTE_AGO = timedelta(minutes=1)


async def test_v01_its_clock_can_be_read_and_goes_forward(desk: Desk) -> None:
    first = await desk.venue.venue_time_ms()
    assert await desk.venue.venue_time_ms() >= first > 0


async def test_v02_an_order_is_told_under_our_id_by_answer_look_up_and_list(desk: Desk) -> None:
    order = await desk.bought("100")
    assert order.state is OrderState.FILLED
    assert order.executed == 100
    assert await desk.find(order.client_id) == order
    since = datetime.now(UTC) - A_MINUTE_AGO
    assert await desk.venue.all_orders(desk.keys, SYMBOL, since) == (order,)


async def test_v03_an_id_that_was_never_sent_is_not_there(desk: Desk) -> None:
    assert await desk.find("specneversent") is None
    assert await desk.venue.all_orders(desk.keys, SYMBOL, datetime.now(UTC)) == ()


async def test_v04_a_working_order_is_listed_until_it_is_cancelled_once(desk: Desk) -> None:
    order = await desk.bought("100", price=FAR_BELOW)
    assert order.state is OrderState.OPEN
    assert order.executed == 0
    assert await desk.venue.open_orders(desk.keys, SYMBOL) == (order,)
    cancelled = await desk.venue.cancel(desk.keys, SYMBOL, order.client_id, closing=False)
    assert cancelled is not None
    assert (cancelled.venue_order_id, cancelled.state) == (
        order.venue_order_id,
        OrderState.CANCELLED,
    )
    assert await desk.venue.open_orders(desk.keys, SYMBOL) == ()
    assert await desk.venue.cancel(desk.keys, SYMBOL, order.client_id, closing=False) is None


async def test_v05_an_orders_trades_sum_to_what_it_executed(desk: Desk) -> None:
    other = await desk.bought("50")
    order = await desk.bought("5000")
    trades = await desk.venue.own_trades(desk.keys, SYMBOL, order.venue_order_id, closing=False)
    assert len(trades) > 1, "the order should walk the book"
    assert sum(trade.quantity for trade in trades) == order.executed
    assert {trade.venue_order_id for trade in trades} == {order.venue_order_id}
    assert len({trade.venue_trade_id for trade in trades}) == len(trades)
    assert all(trade.fee_usdt > 0 and trade.traded_at.tzinfo is not None for trade in trades)
    others = await desk.venue.own_trades(desk.keys, SYMBOL, other.venue_order_id, closing=True)
    assert others != trades


async def test_v06_a_position_is_signed_and_gone_when_it_is_closed(desk: Desk) -> None:
    assert await desk.venue.position(desk.keys, SYMBOL) == 0
    await desk.bought("100", side=Side.SELL)
    assert await desk.venue.position(desk.keys, SYMBOL) == -100
    (held,) = await desk.venue.positions(desk.keys)
    assert (held.symbol, held.leg) == (SYMBOL, Leg.SHORT)
    assert held.quantity == 100
    await desk.bought("100", reduce_only=True)
    assert await desk.venue.position(desk.keys, SYMBOL) == 0
    assert await desk.venue.positions(desk.keys) == ()


async def _refused(desk: Desk, placement: Placement, *, may_retry: bool) -> None:
    outcome = await desk.submit(placement)
    assert isinstance(outcome, Rejected), outcome
    assert outcome.may_retry is may_retry
    assert outcome.code
    assert await desk.find(placement.client_id) is None


async def test_v07_reducing_what_is_not_held_is_refused(desk: Desk) -> None:
    await _refused(desk, await desk.placement(reduce_only=True), may_retry=False)


@pytest.mark.parametrize("quantity", ["0.5", "1.00001", "1"])
async def test_v08_what_breaks_the_venues_filters_is_refused(desk: Desk, quantity: str) -> None:
    await _refused(desk, await desk.placement(quantity), may_retry=False)


async def test_v09_an_order_whose_signature_is_over_is_refused_for_now(desk: Desk) -> None:
    late = desk.venue.quirks.window_ms + 5_000
    await _refused(desk, await desk.placement(late_ms=late), may_retry=True)


async def test_v10_more_than_the_account_can_carry_is_refused(desk: Desk) -> None:
    await _refused(desk, await desk.placement("900000"), may_retry=False)


FAULTS: list[tuple[str, dict[str, object]]] = [
    ("lost_response", {}),
    ("server_error_after_accept", {"status": 503}),
    ("broken_body", {"body": "truncated"}),
    ("broken_body", {"body": "html"}),
]


@pytest.mark.parametrize(("kind", "more"), FAULTS)
async def test_v11_an_answer_that_is_lost_or_broken_is_unknown_and_the_order_is_found(
    desk: Desk, kind: str, more: dict[str, object]
) -> None:
    placement = await desk.placement()
    desk.paper.fault(kind, "order", count=1, **more)
    assert isinstance(await desk.submit(placement), Unknown)
    found = await desk.find(placement.client_id)
    assert found is not None
    assert found.executed == placement.quantity


async def test_v12_a_request_that_is_cut_before_it_counts_is_unknown_too(desk: Desk) -> None:
    placement = await desk.placement()
    desk.paper.fault("reset_before_accept", count=1)
    assert isinstance(await desk.submit(placement), Unknown)
    assert await desk.find(placement.client_id) is None


async def test_v13_an_id_that_works_already_is_never_called_refused(desk: Desk) -> None:
    first = await desk.placement(price=FAR_BELOW)
    assert isinstance(await desk.submit(first), Submitted)
    again = await desk.placement(price=FAR_BELOW, client_id=first.client_id)
    assert not isinstance(await desk.submit(again), Rejected | NeverSent)


@pytest.mark.parametrize("name", sorted(ADAPTERS))
async def test_v14_a_venue_that_is_not_there_was_sent_nothing(desk: Desk, name: str) -> None:
    placement = await desk.placement()
    away = ADAPTERS[name](NOBODY)
    try:
        assert isinstance(await away.submit(desk.keys, placement), NeverSent)
        with pytest.raises(VenueError):
            await away.balances(desk.keys)
    finally:
        await away.close()


async def test_v15_an_unlisted_symbol_is_not_sent_and_not_answered(desk: Desk) -> None:
    placement = await desk.placement(symbol="NOPE-USDT-SWAP")
    assert isinstance(await desk.submit(placement), NeverSent)
    with pytest.raises(VenueError, match="NOPE-USDT-SWAP"):
        await desk.venue.position(desk.keys, "NOPE-USDT-SWAP")


async def test_v16_a_wrong_key_is_refused_with_a_code_that_stays(desk: Desk) -> None:
    wrong = Credentials(api_key="f" * 64, api_secret="f" * 64)
    outcome = await desk.venue.submit(wrong, await desk.placement())
    assert isinstance(outcome, Rejected)
    assert outcome.code in desk.venue.quirks.key_codes
    assert not outcome.may_retry
    with pytest.raises(VenueError) as caught:
        await desk.venue.balances(wrong)
    assert caught.value.code in desk.venue.quirks.key_codes
    assert wrong.api_secret not in str(caught.value)


async def test_v17_money_is_what_was_paid_in_until_something_is_traded(desk: Desk) -> None:
    before = await desk.venue.balances(desk.keys)
    assert before.wallet_usdt == before.equity_usdt == before.available_usdt == DEPOSIT
    await desk.bought("1000")
    after = await desk.venue.balances(desk.keys)
    assert after.wallet_usdt < DEPOSIT
    assert after.available_usdt < after.equity_usdt


async def test_v18_settings_may_be_made_as_they_are_already(desk: Desk) -> None:
    for _ in range(2):
        await desk.venue.ensure_one_way(desk.keys)
        await desk.venue.ensure_leverage(desk.keys, SYMBOL, 5)
    await desk.bought("1000")
    money = await desk.venue.balances(desk.keys)
    tied_up = money.equity_usdt - money.available_usdt
    (trade, *_) = await desk.venue.own_trades(
        desk.keys, SYMBOL, (await desk.bought("10")).venue_order_id, closing=False
    )
    assert abs(tied_up / (1000 * trade.price / 5) - 1) < Decimal("0.05")


async def test_v19_a_key_that_may_trade_and_no_more_says_so(desk: Desk) -> None:
    rights = await desk.venue.rights(desk.keys)
    assert rights.may_trade
    assert not rights.may_withdraw
