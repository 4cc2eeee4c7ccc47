"""Position mode, margin type, leverage and withdrawals keep to the venue's rules."""

from dataclasses import replace
from decimal import Decimal

import pytest
from fixtures.paper_desk import TRADER, Desk

from ironbull_paper.matching.orders import OrderRequest
from ironbull_paper.matching.records import OrderAccepted, Traded, Transferred
from ironbull_paper.matching.settings import (
    open_account,
    set_leverage,
    set_margin_type,
    set_position_mode,
    transfer,
)
from ironbull_paper.matching.words import (
    MarginType,
    OrderType,
    PositionSide,
    Refusal,
    RefusedError,
    Side,
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


def test_hedge_mode_keeps_a_long_and_a_short_position_apart(desk: Desk) -> None:
    """C-X1."""
    desk.commit(set_position_mode(desk.account, dual=True, moment=desk.moment))
    desk.market(BUY, "0.2", "a", position_side=PositionSide.LONG)
    desk.market(SELL, "0.1", "b", position_side=PositionSide.SHORT)
    assert desk.account.position("BTCUSDT", PositionSide.LONG).quantity == Decimal("0.2")
    assert desk.account.position("BTCUSDT", PositionSide.SHORT).quantity == Decimal("-0.1")
    desk.market(SELL, "0.2", "c", position_side=PositionSide.LONG)
    assert desk.account.position("BTCUSDT", PositionSide.LONG).is_flat
    again = order(side=SELL, position_side=PositionSide.LONG)
    assert refusal(desk, again) is Refusal.REDUCE_ONLY_REJECTED
    assert refusal(desk, order()) is Refusal.POSITION_SIDE_MISMATCH


def test_the_position_mode_stays_while_anything_is_held_or_open(desk: Desk) -> None:
    """C-X1: -4059, -4067 and -4068 of the venue."""

    def why(*, dual: bool) -> Refusal:
        with pytest.raises(RefusedError) as refused:
            set_position_mode(desk.account, dual=dual, moment=desk.moment)
        return refused.value.refusal

    assert why(dual=False) is Refusal.SAME_POSITION_MODE
    resting = desk.limit(BUY, "0.1", desk.price() - 100, "a")
    assert why(dual=True) is Refusal.POSITION_MODE_WITH_ORDERS
    desk.cancel(resting)
    desk.market(BUY, "0.1", "b")
    assert why(dual=True) is Refusal.POSITION_MODE_WITH_POSITION


def test_the_margin_type_stays_while_anything_is_held_or_open(desk: Desk) -> None:
    """C-X2."""
    spec = desk.markets.markets["BTCUSDT"].spec

    def why(kind: MarginType) -> Refusal:
        with pytest.raises(RefusedError) as refused:
            set_margin_type(desk.account, spec, kind, desk.moment)
        return refused.value.refusal

    assert why(MarginType.CROSSED) is Refusal.SAME_MARGIN_TYPE
    desk.market(BUY, "0.1", "b")
    assert why(MarginType.ISOLATED) is Refusal.MARGIN_TYPE_WITH_POSITION
    desk.market(SELL, "0.1", "c")
    desk.limit(BUY, "0.1", desk.price() - 100, "a")
    assert why(MarginType.ISOLATED) is Refusal.MARGIN_TYPE_WITH_ORDERS


def test_leverage_sets_the_margin_and_keeps_to_its_bracket(desk: Desk) -> None:
    """C-X3."""
    spec = desk.markets.markets["BTCUSDT"].spec

    def prices(_: str) -> Decimal:
        return desk.price()

    for wrong in (0, 126):
        with pytest.raises(RefusedError):
            set_leverage(desk.account, spec, wrong, prices, desk.moment)
    desk.commit(set_leverage(desk.account, spec, 1, prices, desk.moment))
    assert refusal(desk, order(quantity=Decimal(2))) is Refusal.MARGIN_INSUFFICIENT
    desk.commit(set_leverage(desk.account, spec, 125, prices, desk.moment))
    desk.commit(transfer(desk.state, desk.account, Decimal(90_000), prices, desk.moment))
    assert refusal(desk, order(quantity=Decimal(60))) is Refusal.BRACKET_EXCEEDED


def test_money_that_margin_needs_does_not_leave(desk: Desk) -> None:
    desk.market(BUY, "10", "a")
    with pytest.raises(RefusedError) as refused:
        transfer(desk.state, desk.account, Decimal(-9000), lambda _: desk.price(), desk.moment)
    assert refused.value.refusal is Refusal.BALANCE_INSUFFICIENT


def test_ids_are_never_given_twice(desk: Desk) -> None:
    desk.commit(open_account(desk.state, "bob", Decimal(5), TRADER, desk.moment))
    for number in range(5):
        desk.market(BUY, "0.3", f"a{number}")
    orders = [r.order_id for r in desk.happened if isinstance(r, OrderAccepted)]
    trades = [r for r in desk.happened if isinstance(r, Traded)]
    trade_ids = [trade.trade_id for trade in trades]
    money = [r.transaction_id for r in desk.happened if isinstance(r, Transferred)]
    money += [i for t in trades for i in (t.fee_transaction_id, t.pnl_transaction_id)]
    for ids in (orders, trade_ids, money):
        assert len(set(ids)) == len(ids)
