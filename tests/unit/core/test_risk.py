"""Ten rules, each with the last number that passes and the first that does not."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from unit.core.desk import CANDIDATE, CLOSE_AT, IDLE, STRATEGY, SYMBOL, decided, refusal

from ironbull_core import risk
from ironbull_core.facts import AccountFacts
from ironbull_messages.refusals import Refusal
from ironbull_messages.resources import Risk

OPENING = risk.Opening(SYMBOL, Decimal(200), CLOSE_AT)
DEFAULTS = Risk()
ETH = "ETH-USDT-SWAP"


def ago(seconds: int) -> dict[str, object]:
    return {"last_opened_at": CLOSE_AT - timedelta(seconds=seconds)}


def lost(times: int, seconds: int) -> dict[str, object]:
    return {"losses_in_a_row": times, "last_loss_at": CLOSE_AT - timedelta(seconds=seconds)}


@pytest.mark.parametrize(
    ("code", "breaks", "passes"),
    [
        (
            Refusal.MIN_BALANCE,
            {"available_usdt": Decimal("99.99")},
            {"available_usdt": Decimal(100)},
        ),
        (Refusal.MAX_POSITIONS, {"positions": 10}, {"positions": 9}),
        (Refusal.DAILY_TRADE_LIMIT, {"opened_today": 100}, {"opened_today": 99}),
        (Refusal.WEEKLY_TRADE_LIMIT, {"opened_this_week": 500}, {"opened_this_week": 499}),
        (
            Refusal.DAILY_LOSS_LIMIT,
            {"lost_today_usdt": Decimal(1_000)},
            {"lost_today_usdt": Decimal("999.99")},
        ),
        (Refusal.CONSECUTIVE_LOSSES, lost(5, 1_799), lost(5, 1_800)),
        (Refusal.CONSECUTIVE_LOSSES, lost(5, 0), lost(4, 0)),
        (Refusal.TRADE_COOL_DOWN, ago(59), ago(60)),
    ],
)
def test_a_limit_of_the_account_holds_to_the_unit(
    code: Refusal, breaks: dict[str, object], passes: dict[str, object]
) -> None:
    """C-R1 … C-R10."""
    broken: AccountFacts = replace(IDLE, **breaks)  # type: ignore[arg-type]
    passing: AccountFacts = replace(IDLE, **passes)  # type: ignore[arg-type]

    found = risk.check(OPENING, broken, DEFAULTS)

    assert found is not None
    assert found.code is code
    assert found.numbers
    assert risk.check(OPENING, passing, DEFAULTS) is None


@pytest.mark.parametrize(
    ("code", "breaks", "passes"),
    [
        (
            Refusal.MAX_POSITION_VALUE,
            Risk(max_position_value_usdt=Decimal("199.99")),
            Risk(max_position_value_usdt=Decimal(200)),
        ),
        (
            Refusal.SYMBOL_NOT_ALLOWED,
            Risk(allowed_symbols=(ETH,)),
            Risk(allowed_symbols=(ETH, SYMBOL)),
        ),
        (Refusal.SYMBOL_BLOCKED, Risk(blocked_symbols=(SYMBOL,)), Risk(blocked_symbols=(ETH,))),
    ],
)
def test_a_limit_of_the_opening_holds(code: Refusal, breaks: Risk, passes: Risk) -> None:
    """C-R1 … C-R10."""
    found = risk.check(OPENING, IDLE, breaks)

    assert found is not None
    assert found.code is code
    assert risk.check(OPENING, IDLE, passes) is None


def test_every_violation_can_be_collected() -> None:
    """C-R11."""
    broke = replace(IDLE, available_usdt=Decimal(0), positions=10, opened_today=100)

    codes = [found.code for found in risk.violations(OPENING, broke, DEFAULTS)]

    assert codes == [Refusal.MIN_BALANCE, Refusal.MAX_POSITIONS, Refusal.DAILY_TRADE_LIMIT]


def test_no_order_bypasses_the_rules() -> None:
    """C-R14, C-R12: a changed limit rules the next signal."""
    strict = replace(STRATEGY, risk=Risk(max_position_value_usdt=Decimal(199)))

    assert refusal(decided()) is None
    assert refusal(decided(strategy=strict)) == Refusal.MAX_POSITION_VALUE
    assert refusal(decided(replace(CANDIDATE, account=replace(IDLE, positions=10)))) is not None


def test_the_ten_rules_have_ten_codes() -> None:
    assert len(risk.RULES) == 10
