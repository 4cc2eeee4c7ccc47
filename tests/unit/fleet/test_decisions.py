"""What the fleet and sync decide without a database."""

from decimal import Decimal
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from ironbull_app.flows import fleet_beat, fleet_hello
from ironbull_app.flows.fleet_assign import choose
from ironbull_app.flows.sync_report import compare, opening_deposit
from ironbull_app.ports.fleet import MAX_ACCOUNTS, Candidate, FreeAccount, Member
from ironbull_app.ports.sync import OwnPosition
from ironbull_messages.fleet import AccountReport, Beat, Hello, VenuePosition
from ironbull_messages.ids import ExchangeAccountId
from ironbull_messages.subjects import MemberSubject
from ironbull_messages.words import Leg

TOKEN = "a" * 16
WHO = MemberSubject("beat", "acme", TOKEN)
FEEDS = ("binance-paper", "binance-live")
ACCOUNT = ExchangeAccountId(UUID(int=1))
NOW = "2026-01-01T00:00:00Z"


@given(
    st.lists(st.sampled_from(FEEDS), max_size=20),
    st.lists(st.tuples(st.sampled_from(FEEDS), st.integers(0, 9)), max_size=5),
)
def test_accounts_go_to_able_members_and_loads_stay_even(
    feeds: list[str], members: list[tuple[str, int]]
) -> None:
    free = [FreeAccount(ExchangeAccountId(uuid4()), feed, None) for feed in feeds]
    able = [Candidate(f"m{n}", feed, load) for n, (feed, load) in enumerate(members)]

    chosen = choose(free, able)

    served = {one.feed for one in able}
    assert len(chosen) == sum(1 for one in free if one.feed in served)
    feed_of = {one.token: one.feed for one in able}
    assert all(feed_of[one.token] == one.account.feed for one in chosen)
    for feed in served:
        start = {one.token: one.accounts for one in able if one.feed == feed}
        got = dict.fromkeys(start, 0)
        for one in chosen:
            if one.token in got:
                got[one.token] += 1
        ends = {token: start[token] + got[token] for token in start}
        fed = [ends[token] for token in start if got[token]]
        assert not fed or max(fed) <= min(ends.values()) + 1


@given(st.lists(st.integers(MAX_ACCOUNTS - 3, MAX_ACCOUNTS + 3), max_size=3), st.integers(0, 12))
def test_a_member_at_its_cap_takes_no_more(loads: list[int], accounts: int) -> None:
    """A snapshot holds no more, so the rest would count as served and could not even close."""
    free = [FreeAccount(ExchangeAccountId(uuid4()), FEEDS[0], None) for _ in range(accounts)]
    able = [Candidate(f"m{n}", FEEDS[0], load) for n, load in enumerate(loads)]

    chosen = choose(free, able)

    room = {one.token: max(MAX_ACCOUNTS - one.accounts, 0) for one in able}
    assert len(chosen) == min(accounts, sum(room.values()))
    assert all(sum(one.token == token for one in chosen) <= most for token, most in room.items())


def member(**more: object) -> Member:
    known = {"session_id": UUID(int=1), "journal_id": UUID(int=2), "public_key": "a2V5"}
    return Member(tenant="acme", token=TOKEN, lease_until=None, **{**known, **more})  # type: ignore[arg-type]  # few, plain fields


def hello(**more: object) -> Hello:
    known = {"token": TOKEN, "session_id": UUID(int=1), "journal_id": UUID(int=2)}
    return Hello.model_validate({**known, "public_key": "a2V5", "version": "1", **more})


def beat(**more: object) -> Beat:
    numbers = {"open_tasks": 0, "unknown_tasks": 0, "submitting_tasks": 0}
    known = {"token": TOKEN, "session_id": UUID(int=1), "journal_id": UUID(int=2), **numbers}
    rest = {"version": "1", "sent_at": NOW, "clock_offset_seconds": 0}
    return Beat.model_validate({**known, **rest, **more})


def test_a_hello_is_accepted_from_the_recorded_key_alone() -> None:
    assert fleet_hello.refuse(member(), WHO, hello()) == ""
    assert fleet_hello.refuse(member(public_key=None), WHO, hello()) == ""
    assert fleet_hello.refuse(member(), WHO, hello(public_key="b3RoZXI="))
    assert fleet_hello.refuse(member(), WHO, hello(token="b" * 16))
    assert fleet_hello.refuse(None, WHO, hello())


def test_a_beat_is_accepted_from_the_living_session_alone() -> None:
    assert fleet_beat.refuse(member(), WHO, beat()) == ""
    assert fleet_beat.refuse(member(), WHO, beat(session_id=uuid4()))
    assert fleet_beat.refuse(member(), WHO, beat(journal_id=uuid4()))
    assert fleet_beat.refuse(member(), WHO, beat(token="b" * 16))
    assert fleet_beat.refuse(None, WHO, beat())


def reading(*positions: VenuePosition) -> AccountReport:
    known = {"account_id": ACCOUNT, "epoch": 1, "read_at": NOW}
    return AccountReport.model_validate({**known, "positions": positions})


def at_venue(quantity: str, leg: Leg = Leg.LONG) -> VenuePosition:
    return VenuePosition.model_validate(
        {
            "symbol": "BTC-USDT-SWAP",
            "leg": leg,
            "quantity": quantity,
            "entry_price": "1",
            "unrealized_usdt": "0",
        }
    )


def own(quantity: str, leg: Leg | None = Leg.LONG, *, is_moving: bool = False) -> OwnPosition:
    return OwnPosition(ACCOUNT, "BTC-USDT-SWAP", leg, Decimal(quantity), is_moving)


def test_equal_positions_do_not_differ() -> None:
    assert compare([reading(at_venue("2"))], [own("2")]) == []
    assert compare([reading()], []) == []


def test_a_position_that_only_one_side_knows_differs() -> None:
    (theirs,) = compare([reading(at_venue("2"))], [])
    (ours,) = compare([reading()], [own("2")])

    assert [theirs.ours, theirs.theirs] == [0, 2]
    assert [ours.ours, ours.theirs] == [2, 0]


def test_the_other_leg_differs_by_its_sign() -> None:
    (found,) = compare([reading(at_venue("2", Leg.SHORT))], [own("2")])

    assert [found.ours, found.theirs] == [2, -2]


def test_an_instrument_in_motion_is_not_compared() -> None:
    assert compare([reading(at_venue("2"))], [own("0", None, is_moving=True)]) == []


@given(st.decimals(min_value=1, max_value=10**9, places=8))
def test_an_opening_deposit_balances(wallet: Decimal) -> None:
    request = opening_deposit("acme", ACCOUNT, wallet)

    assert sum(leg.minor for leg in request.legs) == 0
    assert request.cause == str(ACCOUNT)
