"""The exchange accepts, fills, refuses and ends orders as the venue does."""

from dataclasses import replace
from decimal import Decimal

import pytest
from fixtures.paper_desk import Desk
from hypothesis import given, settings
from hypothesis import strategies as st

from ironbull_paper.matching.margin import margin_view
from ironbull_paper.matching.orders import Order, OrderRequest
from ironbull_paper.matching.records import Transferred
from ironbull_paper.matching.settings import (
    transfer,
)
from ironbull_paper.matching.state import ExchangeState
from ironbull_paper.matching.words import (
    OrderStatus,
    OrderType,
    PositionSide,
    Refusal,
    RefusedError,
    Side,
    TimeInForce,
)

BUY, SELL = Side.BUY, Side.SELL
TICK = Decimal("0.1")


@pytest.fixture
def desk() -> Desk:
    return Desk()


def refusal(desk: Desk, request: OrderRequest) -> Refusal:
    """Return why an order is refused, and see that it changed nothing."""
    with pytest.raises(RefusedError) as refused:
        desk.place(request)
    return refused.value.refusal


def order(**more: object) -> OrderRequest:
    """Return a good market order with some fields changed."""
    good = OrderRequest("BTCUSDT", BUY, OrderType.MARKET, Decimal("0.1"), "a")
    return replace(good, **more)  # type: ignore[arg-type]  # fields of the request


def status(order: Order) -> OrderStatus | None:
    return order.end_status


def test_a_market_order_walks_the_book_in_trades_of_worsening_price(desk: Desk) -> None:
    desk.market(BUY, "1", "a")
    book = desk.markets.markets["BTCUSDT"].book.at(desk.market_at)
    prices = [trade.price for trade in desk.trades]
    assert len(prices) >= 2
    assert prices == sorted(set(prices))
    assert desk.trades[0].price == Decimal(book.asks[0].price) / 10
    assert sum(trade.quantity for trade in desk.trades) == 1
    assert all(not trade.maker for trade in desk.trades)


def test_an_account_does_not_trade_differently_because_another_one_did(desk: Desk) -> None:
    desk.market(BUY, "0.5", "a")
    first = [(trade.price, trade.quantity) for trade in desk.trades]
    desk.market(BUY, "0.5", "b")
    assert [(t.price, t.quantity) for t in desk.trades[len(first) :]] == first


steps = st.lists(
    st.tuples(st.sampled_from([BUY, SELL]), st.integers(10, 600), st.integers(0, 5)),
    min_size=1,
    max_size=12,
)


@given(steps=steps)
@settings(max_examples=25)
def test_the_wallet_is_transfers_and_profits_minus_fees(
    steps: list[tuple[Side, int, int]],
) -> None:
    desk = Desk()
    for number, (side, thousandths, hours) in enumerate(steps):
        try:
            desk.market(side, f"{thousandths / 1000:.3f}", f"c{number}")
        except RefusedError as refused:
            assert refused.refusal is Refusal.MARGIN_INSUFFICIENT  # noqa: PT017 - one refusal is fine
        desk.hours(hours)
    paid = sum(r.amount for r in desk.happened if isinstance(r, Transferred))
    trades = desk.trades
    expected = paid + sum(t.realised_pnl for t in trades) - sum(t.fee for t in trades)
    assert desk.account.wallet == expected
    held = sum(t.quantity * t.side.sign for t in trades)
    assert desk.account.position("BTCUSDT").quantity == held
    for trade in trades:
        assert abs(trade.fee - trade.quote_quantity * Decimal("0.0004")) <= Decimal("0.000000005")


@given(steps=steps)
@settings(max_examples=15)
def test_the_state_is_a_fold_of_what_happened(steps: list[tuple[Side, int, int]]) -> None:
    desk = Desk()
    for number, (side, thousandths, _) in enumerate(steps):
        price = (desk.price() * Decimal("0.99")).quantize(TICK)
        desk.limit(side, f"{thousandths / 10_000 + 0.01:.3f}", price, f"c{number}")
    again = ExchangeState()
    for record in desk.happened:
        again.apply(record)
    assert again == desk.state


def test_a_client_id_is_refused_while_open_and_accepted_once_filled(desk: Desk) -> None:
    resting = desk.limit(BUY, "0.1", desk.price() - 100, "same")
    assert refusal(desk, order(client_id="same")) is Refusal.DUPLICATE_CLIENT_ID
    desk.cancel(resting)
    first = desk.market(BUY, "0.1", "same")
    second = desk.market(BUY, "0.1", "same")
    assert (status(first), status(second)) == (OrderStatus.FILLED, OrderStatus.FILLED)
    assert desk.account.position("BTCUSDT").quantity == Decimal("0.2")
    assert desk.account.by_client_id["same"] is second


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"quantity": Decimal(0)}, Refusal.QUANTITY_NOT_POSITIVE),
        ({"quantity": Decimal(-1)}, Refusal.QUANTITY_NOT_POSITIVE),
        ({"quantity": Decimal("0.1001")}, Refusal.QUANTITY_PRECISION),
        ({"quantity": Decimal(121)}, Refusal.QUANTITY_TOO_LARGE),
        ({"quantity": Decimal("0.001")}, Refusal.NOTIONAL_TOO_SMALL),
        ({"quantity": Decimal(100)}, Refusal.MARGIN_INSUFFICIENT),
        ({"symbol": "DOGEUSDT"}, Refusal.UNKNOWN_SYMBOL),
        ({"reduce_only": True}, Refusal.REDUCE_ONLY_REJECTED),
        ({"position_side": PositionSide.LONG}, Refusal.POSITION_SIDE_MISMATCH),
        ({"type": OrderType.LIMIT, "price": Decimal(0)}, Refusal.PRICE_NOT_POSITIVE),
        ({"type": OrderType.LIMIT, "price": Decimal("7000.05")}, Refusal.PRICE_PRECISION),
        ({"type": OrderType.LIMIT, "price": Decimal(9000)}, Refusal.PRICE_TOO_HIGH),
        ({"type": OrderType.LIMIT, "side": SELL, "price": Decimal(5000)}, Refusal.PRICE_TOO_LOW),
    ],
)
def test_an_order_against_the_rules_is_refused_and_changes_nothing(
    desk: Desk, more: dict[str, object], why: Refusal
) -> None:
    before = len(desk.happened)
    assert refusal(desk, order(**more)) is why
    assert len(desk.happened) == before
    assert not desk.account.by_client_id


def test_a_reduce_only_order_needs_no_minimum_notional(desk: Desk) -> None:
    desk.market(BUY, "0.1", "a")
    assert desk.market(SELL, "0.001", "b", reduce_only=True).end_status is OrderStatus.FILLED


def test_a_reduce_only_order_closes_at_most_the_position_and_the_rest_expires(desk: Desk) -> None:
    desk.market(BUY, "0.1", "a")
    closing = desk.market(SELL, "0.3", "b", reduce_only=True)
    assert closing.end_status is OrderStatus.EXPIRED
    assert closing.executed == Decimal("0.1")
    assert desk.account.position("BTCUSDT").is_flat


def test_a_resting_reduce_only_order_expires_when_its_position_is_gone(desk: Desk) -> None:
    desk.market(BUY, "0.1", "a")
    resting = desk.limit(SELL, "0.1", desk.price() + 200, "b", reduce_only=True)
    desk.market(SELL, "0.1", "c")
    assert resting.end_status is OrderStatus.EXPIRED
    assert not desk.account.open_orders


def test_reducing_needs_no_margin(desk: Desk) -> None:
    desk.market(BUY, "10", "a")
    desk.commit(
        transfer(
            desk.state,
            desk.account,
            -margin_view(desk.account, lambda _: desk.price()).available,
            lambda _: desk.price(),
            desk.moment,
        )
    )
    assert refusal(desk, order()) is Refusal.MARGIN_INSUFFICIENT
    assert desk.market(SELL, "10", "b").end_status is OrderStatus.FILLED


def test_ioc_takes_what_is_there_and_expires(desk: Desk) -> None:
    best = Decimal(desk.markets.markets["BTCUSDT"].book.at(desk.market_at).asks[0].price) / 10
    taken = desk.limit(BUY, "5", best, "a", time_in_force=TimeInForce.IOC)
    assert taken.end_status is OrderStatus.EXPIRED
    assert 0 < taken.executed < 5
    assert {trade.price for trade in desk.trades} == {best}


def test_fok_fills_whole_or_is_refused(desk: Desk) -> None:
    best = Decimal(desk.markets.markets["BTCUSDT"].book.at(desk.market_at).asks[0].price) / 10
    limit = order(type=OrderType.LIMIT, price=best, time_in_force=TimeInForce.FOK)
    assert refusal(desk, replace(limit, quantity=Decimal(5))) is Refusal.FILL_OR_KILL_REJECTED
    assert desk.place(replace(limit, price=best + 10)).end_status is OrderStatus.FILLED


def test_post_only_never_takes(desk: Desk) -> None:
    crossing = order(type=OrderType.LIMIT, price=desk.price() + 10, time_in_force=TimeInForce.GTX)
    assert refusal(desk, crossing) is Refusal.POST_ONLY_REJECTED
    assert desk.place(replace(crossing, price=desk.price() - 10)).is_open


def test_a_resting_order_fills_at_its_price_as_maker_once_the_price_went_through(
    desk: Desk,
) -> None:
    price = desk.price() - 5
    resting = desk.limit(BUY, "0.5", price, "a")
    placed = desk.market_at
    while desk.price() >= price - 1:
        desk.hours(0.25)
    desk.sweep(resting, placed)
    assert resting.end_status is OrderStatus.FILLED
    assert [(t.price, t.maker, t.quantity) for t in desk.trades] == [(price, True, Decimal("0.5"))]
    assert desk.trades[0].fee == (price * Decimal("0.5") * Decimal("0.0002"))


def test_a_resting_order_that_the_price_only_touches_fills_in_part(desk: Desk) -> None:
    market = desk.markets.markets["BTCUSDT"]
    placed = desk.market_at
    desk.hours(1)
    low, _ = market.feed.extremes(placed, desk.market_at)
    touched = Decimal(low + market.spec.spread_ticks) / 10
    desk.market_at = placed
    resting = desk.limit(BUY, "9", touched, "a")
    taken = resting.executed
    desk.hours(1)
    desk.sweep(resting, placed)
    assert resting.is_open
    assert taken < resting.executed < 9


def test_a_resting_order_that_the_price_did_not_reach_stays(desk: Desk) -> None:
    resting = desk.limit(BUY, "0.1", (desk.price() * Decimal("0.5")).quantize(TICK), "a")
    placed = desk.market_at
    desk.hours(2)
    desk.sweep(resting, placed)
    assert resting.is_open
    assert not desk.trades


def test_a_cancelled_order_cannot_be_cancelled_again(desk: Desk) -> None:
    resting = desk.limit(BUY, "0.1", desk.price() - 100, "a")
    desk.cancel(resting)
    assert resting.end_status is OrderStatus.CANCELED
    with pytest.raises(RefusedError) as refused:
        desk.cancel(resting)
    assert refused.value.refusal is Refusal.NOTHING_TO_CANCEL


def test_an_order_is_seen_as_of_an_earlier_instant(desk: Desk) -> None:
    resting = desk.limit(BUY, "0.1", desk.price() - 100, "a")
    placed = desk.at
    desk.hours(0)
    desk.cancel(resting)
    assert resting.seen_at(placed - 1) is None
    before, after = resting.seen_at(placed), resting.seen_at(desk.at)
    assert before is not None
    assert before.status is OrderStatus.NEW
    assert after is not None
    assert after.status is OrderStatus.CANCELED


def test_open_orders_hold_margin_back(desk: Desk) -> None:
    price = desk.price() - 100
    desk.limit(BUY, "1", price, "a")
    view = margin_view(desk.account, lambda _: desk.price())
    assert view.order_margin == (price / 20).quantize(Decimal("0.00000001"))
    assert view.available == Decimal(10_000) - view.order_margin


# --- settings -------------------------------------------------------------------------------------
