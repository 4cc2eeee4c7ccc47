"""How much one order buys: every example of first-system §3.9, and its hidden conditions."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from unit.core.desk import INSTRUMENT, SIGNAL, SUBSCRIPTION

from ironbull_core.refusing import No
from ironbull_core.sizing import MAX_NOTIONAL_PER_CAPITAL, Size, floor_to_step, size
from ironbull_messages.refusals import Refusal
from ironbull_messages.resources import Sizing
from ironbull_messages.words import RiskMode

PRICE = Decimal(100)
ANY = replace(
    INSTRUMENT,
    step_size=Decimal("0.00000001"),
    min_quantity=Decimal("0.00000001"),
    min_notional=Decimal(0),
)
amounts = st.decimals("0.01", "1000000", places=2)


def notional(sized: Size | No) -> Decimal:
    assert isinstance(sized, Size)
    return sized.quantity * PRICE


@pytest.mark.parametrize(
    ("capital", "leverage", "mode", "usdt"),
    [
        (1_000, 20, RiskMode.CONSERVATIVE, 200),
        (1_000, 20, RiskMode.BALANCED, 300),
        (1_000, 20, RiskMode.AGGRESSIVE, 400),
        (2_000, 50, RiskMode.CONSERVATIVE, 1_000),
        (5_000, 10, RiskMode.AGGRESSIVE, 1_000),
    ],
)
def test_the_notional_is_capital_times_risk_mode_times_leverage(
    capital: int, leverage: int, mode: RiskMode, usdt: int
) -> None:
    """C-R15."""
    subscription = replace(
        SUBSCRIPTION, capital_usdt=Decimal(capital), leverage=leverage, risk_mode=mode
    )

    assert notional(size(SIGNAL, Sizing(), subscription, ANY, PRICE)) == usdt


def by_loss(percent: str, leverage: int, capital: int = 1_000) -> Size | No:
    """Risk 20 USDT with a stop so many percent below the entry."""
    signal = replace(SIGNAL, stop_loss=SIGNAL.price * (1 - Decimal(percent) / 100))
    sizing = Sizing(max_loss_usdt=Decimal(20), risk_based=True)
    subscription = replace(SUBSCRIPTION, capital_usdt=Decimal(capital), leverage=leverage)
    return size(signal, sizing, subscription, ANY, PRICE)


@pytest.mark.parametrize(
    ("percent", "leverage", "usdt"),
    [("1", 20, 2_000), ("2", 20, 1_000), ("5", 16, 400), ("4", 20, 500), ("8", 10, 250)],
)
def test_the_notional_loses_the_budget_at_the_stop(percent: str, leverage: int, usdt: int) -> None:
    """C-R16."""
    assert notional(by_loss(percent, leverage)) == usdt


@pytest.mark.parametrize(("percent", "leverage"), [("5", 17), ("5", 20), ("4.01", 20)])
def test_a_stop_beyond_liquidation_is_no_order(percent: str, leverage: int) -> None:
    """C-R16."""
    skipped = by_loss(percent, leverage)

    assert isinstance(skipped, No)
    assert skipped.code is Refusal.STOP_BEYOND_LIQUIDATION


def test_two_thousand_needs_a_capital_of_667() -> None:
    assert notional(by_loss("1", 20, capital=667)) == 2_000
    assert notional(by_loss("1", 20, capital=666)) == 1_998


def test_a_stop_closer_than_a_thousandth_counts_as_a_thousandth() -> None:
    assert notional(by_loss("0.01", 20, capital=1_000_000)) == 20_000


@pytest.mark.parametrize(
    ("capital", "leverage", "sizing", "usdt"),
    [
        (1_000, 20, Sizing(capital_usdt=Decimal(500), leverage=5), 200),
        (0, None, Sizing(capital_usdt=Decimal(500), leverage=10), 50),
        (0, None, Sizing(capital_usdt=Decimal(500), leverage=10, max_loss_usdt=Decimal(8)), 80),
        (0, None, Sizing(), 100),
        (0, None, Sizing(fallback_usdt=Decimal(40)), 40),
    ],
)
def test_the_subscription_comes_first_then_the_strategy_then_the_fallback(
    capital: int, leverage: int | None, sizing: Sizing, usdt: int
) -> None:
    """C-R17."""
    subscription = replace(SUBSCRIPTION, capital_usdt=Decimal(capital), leverage=leverage)

    assert notional(size(SIGNAL, sizing, subscription, ANY, PRICE)) == usdt


def test_the_ratio_scales_at_the_end() -> None:
    """C-R17."""
    halved = replace(SUBSCRIPTION, ratio_percent=50)

    assert notional(size(SIGNAL, Sizing(), halved, ANY, PRICE)) == 100


@pytest.mark.parametrize(
    ("code", "sizing", "instrument"),
    [
        (Refusal.MIN_CAPITAL, Sizing(min_capital_usdt=Decimal(1_001)), ANY),
        (Refusal.BELOW_MIN_QUANTITY, Sizing(), replace(ANY, min_quantity=Decimal("2.1"))),
        (Refusal.BELOW_MIN_QUANTITY, Sizing(), replace(ANY, step_size=Decimal(3))),
        (Refusal.BELOW_MIN_NOTIONAL, Sizing(), replace(ANY, min_notional=Decimal("200.01"))),
    ],
)
def test_too_little_is_refused_with_its_numbers(
    code: Refusal, sizing: Sizing, instrument: object
) -> None:
    """C-X5."""
    found = size(SIGNAL, sizing, SUBSCRIPTION, instrument, PRICE)  # type: ignore[arg-type]

    assert isinstance(found, No)
    assert found.code is code
    assert found.numbers


@given(
    capital=amounts,
    price=amounts,
    step=st.sampled_from(["1", "0.1", "0.001", "0.00000001", "0.25"]),
    leverage=st.integers(1, 125),
    ratio=st.integers(1, 100),
)
def test_sizing_never_rounds_up(
    capital: Decimal, price: Decimal, step: str, leverage: int, ratio: int
) -> None:
    subscription = replace(
        SUBSCRIPTION, capital_usdt=capital, leverage=leverage, ratio_percent=ratio
    )
    instrument = replace(ANY, step_size=Decimal(step))

    found = size(SIGNAL, Sizing(), subscription, instrument, price)

    assume(isinstance(found, Size))
    assert isinstance(found, Size)
    wanted = capital * Decimal("0.01") * leverage * ratio / 100
    assert wanted - Decimal(step) * price < found.quantity * price <= wanted
    assert found.quantity % Decimal(step) == 0


@given(
    capital=amounts, distance=st.decimals("0.0001", "0.5", places=4), leverage=st.integers(1, 125)
)
def test_a_loss_at_the_stop_never_exceeds_the_budget(
    capital: Decimal, distance: Decimal, leverage: int
) -> None:
    signal = replace(SIGNAL, stop_loss=SIGNAL.price * (1 - distance))
    subscription = replace(SUBSCRIPTION, capital_usdt=capital, leverage=leverage)

    found = size(signal, Sizing(risk_based=True), subscription, ANY, PRICE)

    assume(isinstance(found, Size))
    worth = notional(found)
    assert worth * distance <= capital * Decimal("0.01")
    assert worth <= MAX_NOTIONAL_PER_CAPITAL * capital
    assert distance * leverage <= Decimal("0.80")


@given(quantity=amounts, step=st.sampled_from(["0.1", "0.5", "3", "1E-3"]))
def test_a_floor_is_a_multiple_below(quantity: Decimal, step: str) -> None:
    floored = floor_to_step(quantity, Decimal(step))

    assert floored % Decimal(step) == 0
    assert 0 <= quantity - floored < Decimal(step)
