"""How much one order buys (first-system §3.9; C-R15 … C-R17)."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.core.deciding import (
    FILTERS,
    FOLLOWER,
    SIGNAL,
)

from ironbull_core.refusing import No
from ironbull_core.sizing import Size, size
from ironbull_messages.refusals import Refusal
from ironbull_messages.resources import Sizing
from ironbull_messages.words import RiskMode


def sized(sizing: Sizing, **changed: object) -> Size | No:
    subscription = replace(FOLLOWER.subscription, **changed)  # type: ignore[arg-type]  # a test's shorthand
    return size(SIGNAL, sizing, subscription, FILTERS, Decimal(100))


def notional(found: Size | No) -> Decimal:
    assert isinstance(found, Size)
    return found.quantity * 100


@pytest.mark.parametrize(
    ("capital", "leverage", "mode", "expected"),
    [
        (1_000, 20, RiskMode.CONSERVATIVE, 200),
        (1_000, 20, RiskMode.BALANCED, 300),
        (1_000, 20, RiskMode.AGGRESSIVE, 400),
        (2_000, 50, RiskMode.CONSERVATIVE, 1_000),
        (5_000, 10, RiskMode.AGGRESSIVE, 1_000),
    ],
)
def test_notional_is_capital_times_mode_times_leverage(
    capital: int, leverage: int, mode: RiskMode, expected: int
) -> None:
    """C-R15."""
    found = sized(Sizing(), capital_usdt=Decimal(capital), leverage=leverage, risk_mode=mode)

    assert notional(found) == expected


@pytest.mark.parametrize(
    ("stop", "capital", "leverage", "expected"),
    [
        ("99", 1_000, 20, 2_000), ("98", 1_000, 20, 1_000), ("95", 1_000, 16, 400),
        ("99", 667, 20, 2_000), ("99", 600, 20, 1_800), ("95", 1_000, 17, None),
        ("95", 1_000, 20, None),
    ],
)  # fmt: skip
def test_loss_based_notional_skips_a_stop_beyond_liquidation(
    stop: str, capital: int, leverage: int, expected: int | None
) -> None:
    """C-R16."""
    signal = replace(SIGNAL, stop_loss=Decimal(stop))
    mine = replace(
        FOLLOWER.subscription,
        capital_usdt=Decimal(capital),
        leverage=leverage,
        max_loss_usdt=Decimal(20),
    )

    found = size(signal, Sizing(risk_based=True), mine, FILTERS, Decimal(100))
    if expected is None:
        assert isinstance(found, No)
        assert found.code is Refusal.STOP_BEYOND_LIQUIDATION
    else:
        assert notional(found) == expected


def test_the_subscription_comes_before_the_strategy_and_the_fallback_last() -> None:
    """C-R17."""
    strategys = Sizing(capital_usdt=Decimal(500), leverage=10)

    assert notional(sized(strategys)) == 200
    assert notional(sized(strategys, capital_usdt=Decimal(0), leverage=None)) == 50
    assert notional(sized(Sizing(), capital_usdt=Decimal(0))) == 100
    assert notional(sized(strategys, ratio_percent=50)) == 100


@pytest.mark.parametrize(
    ("sizing", "price", "code"),
    [
        (Sizing(min_capital_usdt=Decimal(1_001)), "100", Refusal.MIN_CAPITAL),
        (Sizing(), "1000000000", Refusal.BELOW_MIN_QUANTITY),
    ],
)
def test_an_order_too_small_is_refused_with_its_numbers(
    sizing: Sizing, price: str, code: Refusal
) -> None:
    found = size(SIGNAL, sizing, FOLLOWER.subscription, FILTERS, Decimal(price))

    assert isinstance(found, No)
    assert found.code is code
    assert found.numbers


@given(
    st.decimals(1, 100_000, places=2), st.integers(1, 125), st.decimals("0.01", 100_000, places=2)
)
def test_sizing_never_rounds_up(capital: Decimal, leverage: int, price: Decimal) -> None:
    mine = replace(FOLLOWER.subscription, capital_usdt=capital, leverage=leverage)

    found = size(SIGNAL, Sizing(), mine, FILTERS, price)
    if isinstance(found, Size):
        assert found.quantity * price <= capital * leverage / 100
        assert found.quantity % FILTERS.step_size == 0
