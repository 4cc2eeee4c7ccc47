"""The life of a task, driven by random histories against a venue that keeps its own truth."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironbull_messages.ids import MAX_ATTEMPTS, OrderId, client_order_id, task_id
from ironbull_messages.refusals import Refusal
from ironbull_messages.result import VenueTrade
from ironbull_messages.task import OrderTask
from ironbull_messages.words import Action, Leg, OrderState, OrderType, Side
from ironbull_node import absence, results
from ironbull_node import life as lives
from ironbull_node.life import BrokenLifeError, Life, Phase
from ironbull_node.venue.port import NeverSent, Rejected, Submitted, Unknown, VenueOrder
from ironbull_node.venue.quirks import BINANCE

NOW = datetime(2026, 1, 1, tzinfo=UTC)
WINDOW_MS = 3_000


def task(*, closing: bool = False) -> OrderTask:
    order = OrderId(UUID(int=1))
    return OrderTask(
        task_id=task_id(order, "order"),
        order_id=order,
        tenant="acme",
        token="aaaabbbbccccdddd",
        account_id=uuid4(),
        epoch=1,
        journal_id=uuid4(),
        fresh=True,
        send_number=1,
        control_version=0,
        symbol="BTC-USDT-SWAP",
        created_at=NOW,
        as_of=NOW,
        action=Action.CLOSE if closing else Action.OPEN,
        leg=Leg.LONG,
        side=Side.SELL if closing else Side.BUY,
        order_type=OrderType.MARKET,
        quantity=Decimal(3),
        reduce_only=closing,
        leverage=5,
        valid_until=None if closing else NOW + timedelta(seconds=60),
    )


def fresh() -> Life:
    return lives.receive(task(), 0, is_fresh=True)


def signed(life: Life | None = None) -> Life:
    return lives.sign(life or fresh(), 1_000, WINDOW_MS, Decimal(3))


def order(life: Life, state: OrderState = OrderState.FILLED, executed: str = "3") -> VenueOrder:
    assert life.client_order_id is not None
    return VenueOrder(life.client_order_id, "77", state, Decimal(executed))


def trade(number: int, quantity: str = "1") -> VenueTrade:
    return VenueTrade(
        venue_trade_id=str(number),
        venue_order_id="77",
        symbol="BTC-USDT-SWAP",
        side=Side.BUY,
        quantity=Decimal(quantity),
        price=Decimal(10),
        fee=Decimal("0.01"),
        fee_asset="USDT",
        fee_usdt=Decimal("0.01"),
        traded_at=NOW,
    )


def test_an_order_is_never_signed_while_an_attempt_is_unproven() -> None:
    unproven = lives.answer(signed(), Unknown("reset"), NOW)
    assert not lives.may_sign(unproven, NOW)
    with pytest.raises(BrokenLifeError):
        signed(unproven)


def test_a_task_that_is_not_fresh_must_be_looked_up_first() -> None:
    with pytest.raises(BrokenLifeError):
        signed(lives.receive(task(), 0, is_fresh=False))


def test_a_crash_while_submitting_leaves_an_unknown_order() -> None:
    assert lives.restart(signed()).phase is Phase.UNPROVEN
    assert lives.restart(fresh()).phase is Phase.RECEIVED


def test_a_late_fact_corrects_a_claim() -> None:
    absent = lives.prove_absent(lives.answer(signed(), Unknown("reset"), NOW))
    given_up = lives.give_up(absent, Refusal.PROVED_ABSENT)
    assert lives.see(given_up, order(given_up)).state is OrderState.FILLED


def test_a_filled_order_is_done_when_its_trades_sum_to_it() -> None:
    filled = lives.answer(signed(), Submitted(order(signed())), NOW)
    assert filled.phase is Phase.COLLECTING
    some = lives.add_trades(filled, (trade(1), trade(2)))
    assert some.phase is Phase.COLLECTING
    assert lives.add_trades(some, (trade(2), trade(3))).phase is Phase.DONE


def test_a_task_under_a_newer_lease_is_looked_up_under_every_id() -> None:
    ended = lives.give_up(fresh(), Refusal.LEASE_ENDING)
    newer = task().model_copy(update={"epoch": 2})
    again = lives.readdress(ended, newer, 9_000)
    assert again.phase is Phase.UNPROVEN
    assert len(lives.candidate_ids(again)) == MAX_ATTEMPTS
    assert absence.provable_after_ms(again, BINANCE) > 9_000 + BINANCE.window_ms
    assert lives.readdress(signed(), newer, 9_000).phase is Phase.UNPROVEN


def test_a_venues_word_outlives_a_newer_lease() -> None:
    filled = lives.add_trades(
        lives.answer(signed(), Submitted(order(signed())), NOW), (trade(1, "3"),)
    )
    newer = task().model_copy(update={"epoch": 2})
    assert lives.readdress(filled, newer, 9_000).state is OrderState.FILLED


def test_an_order_of_another_task_is_refused() -> None:
    with pytest.raises(BrokenLifeError):
        lives.see(signed(), VenueOrder("ix", "77", OrderState.FILLED, Decimal(1)))


def test_an_opening_expires_and_a_close_does_not() -> None:
    later = NOW + timedelta(seconds=60)
    assert not lives.may_sign(fresh(), later)
    assert lives.may_sign(lives.receive(task(closing=True), 0, is_fresh=True), later)


def test_absence_needs_two_spaced_rounds_after_the_signed_expiry() -> None:
    life = lives.answer(signed(), Unknown("reset"), NOW)
    after = absence.provable_after_ms(life, BINANCE)
    assert after >= 1_000 + WINDOW_MS + BINANCE.lookup_lag_seconds * 1000
    early = absence.Proof().add(life, BINANCE, after)
    assert early.rounds == 0
    one = early.add(life, BINANCE, after + 1)
    too_close = one.add(life, BINANCE, after + 2)
    assert not too_close.is_complete(BINANCE)
    assert too_close.add(life, BINANCE, after + 1 + absence.SPACING_MS).is_complete(BINANCE)


@given(trades=st.integers(0, 1_200))
def test_results_tell_every_trade_once_and_end_with_the_lifes_number(trades: int) -> None:
    life = signed().model_copy(update={"trades": tuple(trade(n) for n in range(trades))})
    told = life.model_copy(update={"seq": 4 + results.messages_of(life)})
    messages = results.results_of(told, uuid4(), NOW)
    assert [t.venue_trade_id for m in messages for t in m.trades] == [str(n) for n in range(trades)]
    assert [m.seq for m in messages] == list(range(5, told.seq + 1))


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["taken", "lost_before", "lost_after", "refused", "busy", "no_connection"]),
        st.booleans(),
    ),
    max_size=12,
)


@given(history=EVENTS, is_fresh=st.booleans(), already_there=st.booleans())
def test_no_history_makes_two_orders(
    history: list[tuple[str, bool]], *, is_fresh: bool, already_there: bool
) -> None:
    """The venue's truth is a set of client ids; whatever is lost, it never grows beyond one."""
    life = lives.receive(task(), 0, is_fresh=is_fresh)
    venue: set[str] = set()
    if already_there and not is_fresh:
        venue.add(client_order_id(life.task.task_id, 1))
    for event, crashes in history:
        if life.phase is Phase.UNPROVEN:
            life = resolve(life, venue)
        if not lives.may_sign(life, NOW):
            break
        life = signed(life)
        client_id = str(life.client_order_id)
        if event in {"taken", "lost_after"}:
            venue.add(client_id)
        if crashes:
            life = lives.restart(Life.model_validate_json(life.model_dump_json()))
            continue
        life = lives.answer(life, outcome(event, client_id), NOW)
    if life.phase is Phase.UNPROVEN:
        life = resolve(life, venue)
    assert len(venue) <= 1
    assert life.attempt <= MAX_ATTEMPTS
    if venue:
        assert life.state is OrderState.FILLED
    else:
        assert life.state is not OrderState.FILLED


def outcome(event: str, client_id: str) -> Submitted | Unknown | Rejected | NeverSent:
    match event:
        case "taken":
            return Submitted(VenueOrder(client_id, "77", OrderState.FILLED, Decimal(3)))
        case "refused":
            return Rejected("-2019", "margin", may_retry=False)
        case "busy":
            return Rejected("-1003", "busy", may_retry=True)
        case "no_connection":
            return NeverSent("refused")
        case _:
            return Unknown("reset")


def resolve(life: Life, venue: set[str]) -> Life:
    for client_id in lives.candidate_ids(life):
        if client_id in venue:
            return lives.see(life, VenueOrder(client_id, "77", OrderState.FILLED, Decimal(3)))
    return lives.prove_absent(life)
