"""The fold: balanced, gapless, never below a floor, each cause once (C-M4, C-M15)."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironbull_core import points
from ironbull_core.facts import BrokenInvariantError
from ironbull_core.ledger import AccountRef, Book, LedgerKind, Leg, Request, State, TxnKind, Verdict
from ironbull_messages.amounts import MAX_MINOR
from ironbull_messages.ids import UserId
from ironbull_messages.words import PointKind

RESIDUE = AccountRef("acme", LedgerKind.RESIDUE)
USERS = [UserId(UUID(int=number)) for number in range(1, 4)]
kinds = st.sampled_from(list(PointKind))
amounts = st.integers(1, 1_000)
moves = st.lists(
    st.one_of(
        st.builds(points.stock_up, st.just("acme"), kinds, amounts, st.integers(0, 20).map(str)),
        st.builds(
            points.recharge,
            st.just("acme"),
            st.sampled_from(USERS),
            kinds,
            amounts,
            st.integers(0, 20).map(str),
        ),
    ),
    max_size=40,
)


@given(moves)
def test_entries_sum_to_zero_and_balances_are_sums(requests: list[Request]) -> None:
    book = Book({}, {})
    for request in requests:
        book.post(request)

    sums: dict[AccountRef, int] = {}
    for entry in book.entries:
        sums[entry.account] = sums.get(entry.account, 0) + entry.minor
        assert entry.balance_after == sums[entry.account]
    assert sum(sums.values()) == 0
    assert all(book.balance(account) == total for account, total in sums.items())


@given(moves)
def test_versions_of_an_account_have_no_gap(requests: list[Request]) -> None:
    book = Book({}, {})
    for request in requests:
        book.post(request)

    versions: dict[AccountRef, list[int]] = {}
    for entry in book.entries:
        versions.setdefault(entry.account, []).append(entry.version)
    assert all(found == list(range(1, len(found) + 1)) for found in versions.values())


@given(moves)
def test_a_floor_is_never_broken(requests: list[Request]) -> None:
    book = Book({}, {})
    for request in requests:
        book.post(request)
        floors = ((leg.account, leg.account.floor) for leg in request.legs)
        assert all(book.balance(one) >= floor for one, floor in floors if floor is not None)


@given(moves)
def test_a_cause_happens_once(requests: list[Request]) -> None:
    book = Book({}, {})
    verdicts = [book.post(request) for request in requests + requests]

    posted = [one.id for one in book.requests]
    assert len(posted) == len(set(posted))
    assert verdicts.count(Verdict.POSTED) == len(posted)


def test_the_same_cause_for_something_else_is_a_mismatch() -> None:
    book = Book({}, {})
    book.post(points.stock_up("acme", PointKind.SELF, 10, "one"))

    assert book.post(points.stock_up("acme", PointKind.SELF, 11, "one")) is Verdict.MISMATCH


def test_what_is_insufficient_changes_nothing() -> None:
    stock = points.stock("acme", PointKind.SELF)
    book = Book({stock.id: State(70, 3)}, {})

    verdict = book.post(points.recharge("acme", USERS[0], PointKind.SELF, 71, "one"))

    assert verdict is Verdict.INSUFFICIENT
    assert book.entries == []
    assert book.balance(stock) == 70


def test_an_amount_beyond_the_range_is_refused() -> None:
    book = Book({}, {})
    book.post(points.stock_up("acme", PointKind.SELF, MAX_MINOR, "one"))

    assert book.post(points.stock_up("acme", PointKind.SELF, 1, "two")) is Verdict.INSUFFICIENT


@pytest.mark.parametrize(
    "legs",
    [
        (Leg(RESIDUE, 1),),
        (Leg(RESIDUE, 1), Leg(AccountRef("zeta", LedgerKind.RESIDUE), -1)),
        (Leg(RESIDUE, 1), Leg(RESIDUE, -1)),
    ],
)  # fmt: skip
def test_an_unsound_transaction_cannot_be_written_down(legs: tuple[Leg, ...]) -> None:
    with pytest.raises(BrokenInvariantError):
        Request("acme", TxnKind.STOCK_UP, "one", legs)
