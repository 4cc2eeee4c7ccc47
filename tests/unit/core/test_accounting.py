"""A closed trade is charged to the unit, once, and never on a loss (C-M6, C-M7)."""

from decimal import ROUND_UP, Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironbull_core.accounting import (
    Accounting,
    ClosedTrade,
    account_for,
    accounts_of,
    charge,
)
from ironbull_core.ledger import AccountRef, Book, LedgerKind, State
from ironbull_core.network import Network
from ironbull_messages.amounts import MINOR_PER_UNIT, to_minor
from ironbull_messages.ids import ExchangeAccountId, TradeId, UserId

USER = UserId(UUID(int=1))
NETWORK = Network(0, (), UserId(UUID(int=9)))
SHARE = Decimal("0.3")
POINTS = {
    "self": AccountRef("acme", LedgerKind.POINTS_SELF, str(USER)),
    "gift": AccountRef("acme", LedgerKind.POINTS_GIFT, str(USER)),
}
POOL = AccountRef("acme", LedgerKind.PROFIT_POOL)


def trade(gross: Decimal, fees: Decimal = Decimal(0), *, to_root: bool = False) -> ClosedTrade:
    account = ExchangeAccountId(UUID(int=2))
    return ClosedTrade(TradeId(UUID(int=3)), "acme", USER, account, gross, fees, SHARE, to_root)


def book(self_minor: int, gift_minor: int) -> Book:
    states = {
        POINTS["self"].id: State(self_minor, 4),
        POINTS["gift"].id: State(gift_minor, 7),
    }
    return Book(states, {})


amounts = st.decimals(-10_000, 10_000, places=8, allow_nan=False)
fees = st.decimals(0, 100, places=8, allow_nan=False)
balances = st.integers(0, 10_000 * MINOR_PER_UNIT)


@pytest.mark.parametrize(
    ("self_usdt", "gift_usdt", "profit", "paid_self", "paid_gift"),
    [(500, 100, 1_000, 300, 0), (100, 300, 1_000, 100, 200), (100, 0, 100, 30, 0)],
)
def test_a_worked_example_holds(
    self_usdt: int, gift_usdt: int, profit: int, paid_self: int, paid_gift: int
) -> None:
    held = book(self_usdt * MINOR_PER_UNIT, gift_usdt * MINOR_PER_UNIT)

    found = account_for(trade(Decimal(profit)), NETWORK, held)

    assert found.paid_self == paid_self * MINOR_PER_UNIT
    assert found.paid_gift == paid_gift * MINOR_PER_UNIT
    assert sum(share.minor for share in found.shares) == found.paid_self


@given(st.decimals(-1_000, 0, places=8), st.decimals(0, 1, places=4))
def test_a_loss_costs_nothing(net: Decimal, share: Decimal) -> None:
    assert charge(net, share) == 0


@given(st.decimals("0.00000001", 100_000, places=8), st.decimals("0.0001", 1, places=4))
def test_a_charge_is_rounded_up_by_less_than_a_unit(net: Decimal, share: Decimal) -> None:
    exact = net * share * MINOR_PER_UNIT

    assert 0 <= charge(net, share) - exact < 1
    assert charge(net, share) == to_minor(net * share, ROUND_UP)


@given(amounts, fees, balances, balances, st.booleans())
def test_money_is_only_moved(
    gross: Decimal,
    paid: Decimal,
    own: int,
    gift: int,
    to_root: bool,  # noqa: FBT001 - drawn
) -> None:
    held = book(own, gift)

    found = account_for(trade(gross, paid, to_root=to_root), NETWORK, held)

    assert sum(entry.minor for entry in held.entries) == 0
    assert found.paid_self + found.paid_gift + found.unpaid == found.charge
    assert held.balance(POINTS["self"]) == own - found.paid_self >= 0
    assert held.balance(POINTS["gift"]) == gift - found.paid_gift >= 0
    assert found.paid_gift == 0 or held.balance(POINTS["self"]) == 0
    assert held.balance(POOL) == 0


@given(amounts, fees, balances, balances)
def test_every_account_that_is_touched_was_named_for_locking(
    gross: Decimal, paid: Decimal, own: int, gift: int
) -> None:
    held = book(own, gift)
    account_for(trade(gross, paid), NETWORK, held)

    assert {entry.account for entry in held.entries} <= set(accounts_of(trade(gross), NETWORK))


def test_the_same_trade_again_posts_nothing() -> None:
    first = book(100 * MINOR_PER_UNIT, 0)
    account_for(trade(Decimal(10)), NETWORK, first)
    known = {request.id: request.body for request in first.requests}
    again = Book({POINTS["self"].id: State(100 * MINOR_PER_UNIT, 4)}, known)

    account_for(trade(Decimal(10)), NETWORK, again)

    assert again.entries == []


def test_the_platforms_part_goes_where_the_tenants_policy_says() -> None:
    root = AccountRef("acme", LedgerKind.REWARDS, str(NETWORK.root_id))
    income = AccountRef("acme", LedgerKind.PLATFORM_INCOME)
    ours, theirs = book(100 * MINOR_PER_UNIT, 0), book(100 * MINOR_PER_UNIT, 0)

    account_for(trade(Decimal(100)), NETWORK, ours)
    account_for(trade(Decimal(100), to_root=True), NETWORK, theirs)

    assert ours.balance(income) == 21 * MINOR_PER_UNIT
    assert theirs.balance(income) == 0
    assert theirs.balance(root) == ours.balance(root) + 21 * MINOR_PER_UNIT


def test_an_unpaid_rest_is_visible() -> None:
    assert Accounting(charge=10, paid_self=3, paid_gift=2, shares=()).unpaid == 5
