"""A position is the sum of its fills; a flip splits a fill and keeps quantity and fee."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironbull_core.facts import BrokenInvariantError
from ironbull_core.positions import Fill, Position, apply_fill
from ironbull_messages.ids import ExchangeAccountId, OrderId, SubscriptionId
from ironbull_messages.words import CloseReason, Leg, Side

ACCOUNT = ExchangeAccountId(UUID(int=1))
SYMBOL = "BTC-USDT-SWAP"
AT = datetime(2026, 3, 2, tzinfo=UTC)


def fill(
    side: Side,
    quantity: str,
    price: str,
    number: int = 1,
    fee: str = "0.01",
    reason: CloseReason = CloseReason.SIGNAL,
    order: int | None = None,
) -> Fill:
    return Fill(
        order_id=OrderId(UUID(int=order or number)),
        venue_trade_id=str(number),
        subscription_id=SubscriptionId(UUID(int=7)),
        side=side,
        quantity=Decimal(quantity),
        price=Decimal(price),
        fee_usdt=Decimal(fee),
        traded_at=AT + timedelta(seconds=number),
        as_of=AT,
        close_reason=reason,
        stop_loss=Decimal(90),
        take_profit=Decimal(120),
    )


def run(fills: list[Fill]) -> tuple[Position | None, dict[object, Position]]:
    held: Position | None = None
    lives: dict[object, Position] = {}
    for one in fills:
        applied = apply_fill(held, one, ACCOUNT, SYMBOL)
        lives.update({life.id: life for life in applied.touched})
        held = applied.current
    return held, lives


fills = st.lists(
    st.tuples(
        st.sampled_from(list(Side)), st.integers(1, 50), st.integers(1, 1_000), st.integers(0, 500)
    ),
    max_size=25,
).map(
    lambda rows: [
        fill(side, f"{quantity}e-3", str(price), number, f"{fee}e-8")
        for number, (side, quantity, price, fee) in enumerate(rows, start=1)
    ]
)


@given(fills)
def test_the_open_quantity_is_the_signed_sum_of_fills(history: list[Fill]) -> None:
    held, _ = run(history)
    signed = sum(
        (one.quantity if one.side is Side.BUY else -one.quantity for one in history), Decimal(0)
    )

    ours = Decimal(0)
    if held is not None:
        ours = held.quantity if held.leg is Leg.LONG else -held.quantity
    assert ours == signed


@given(fills)
def test_no_fee_and_no_value_is_lost_over_all_lives(history: list[Fill]) -> None:
    _, lives = run(history)

    assert sum(one.fees_usdt for one in lives.values()) == sum(one.fee_usdt for one in history)
    moved = sum(one.entry_value + one.exit_value for one in lives.values())
    assert moved == sum(one.quantity * one.price for one in history)


@given(fills)
def test_at_most_the_last_life_is_open(history: list[Fill]) -> None:
    held, lives = run(history)
    open_lives = [one for one in lives.values() if not one.is_flat]

    assert open_lives == ([] if held is None else [held])
    assert all(one.closed_at is not None for one in lives.values() if one.is_flat)


def test_opening_adding_reducing_and_closing_a_long_earns_the_difference() -> None:
    _, lives = run(
        [
            fill(Side.BUY, "1", "100"),
            fill(Side.BUY, "1", "110", 2),
            fill(Side.SELL, "0.5", "120", 3),
            fill(Side.SELL, "1.5", "130", 4, reason=CloseReason.TAKE_PROFIT),
        ]
    )

    (life,) = lives.values()
    assert life.gross_usdt == Decimal(45)
    assert life.fees_usdt == Decimal("0.04")
    assert life.close_reason is CloseReason.TAKE_PROFIT


def test_a_short_earns_when_the_price_falls() -> None:
    _, lives = run([fill(Side.SELL, "2", "100"), fill(Side.BUY, "2", "90", 2)])

    (life,) = lives.values()
    assert (life.leg, life.gross_usdt) == (Leg.SHORT, Decimal(20))


def test_a_flip_ends_one_life_and_begins_another_with_the_fee_shared() -> None:
    held, lives = run([fill(Side.BUY, "1", "100"), fill(Side.SELL, "3", "110", 2, "0.00000010")])

    first, second = lives.values()
    assert (first.gross_usdt, first.fees_usdt) == (Decimal(10), Decimal("0.01000003"))
    assert held == second
    assert (second.leg, second.quantity, second.fees_usdt) == (
        Leg.SHORT,
        Decimal(2),
        Decimal("0.00000007"),
    )


def test_a_late_trade_of_an_order_whose_position_has_closed_begins_a_second_life() -> None:
    held, lives = run(
        [
            fill(Side.BUY, "1", "100", 1, order=1),
            fill(Side.SELL, "1", "110", 2, order=2),
            fill(Side.BUY, "1", "100", 3, order=1),
        ]
    )

    assert len(lives) == 2
    assert held is not None
    assert held.quantity == 1


def test_sums_beyond_28_digits_stay_exact() -> None:
    quantity, price = "1.000000000000000001", "123456789012.000000000000000001"

    _, lives = run([fill(Side.BUY, quantity, price), fill(Side.SELL, quantity, "1", 2)])

    (life,) = lives.values()
    assert str(life.entry_value) == "123456789012.000000123456789013000000000000000001"


def test_an_open_position_has_no_result_yet() -> None:
    held, _ = run([fill(Side.BUY, "1", "100")])

    assert held is not None
    with pytest.raises(BrokenInvariantError):
        _ = held.gross_usdt
