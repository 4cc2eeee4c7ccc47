"""The oracle itself: what it must call a fault, and what it must not."""

from typing import Any

from fixtures import venue_intents
from fixtures.venue_intents import Intents

from ironbull_local.referee.referee import client_order_id

Row = dict[str, Any]


def our_order(order_id: str, n: int = 1, **more: Any) -> Row:
    return {
        "id": order_id, "n": n, "tenant_id": "aurora", "cause": "signal-1", "account_id": "a",
        "subscription_id": "s", "leg": "LONG", "signal_id": "signal-1", "state": "filled",
        "reason": None, "venue_order_id": "1", "filled_quantity": "2", **more,
    }  # fmt: skip


def venue_order(task: str, *, attempt: int = 1, number: int = 1) -> Row:
    client_id = client_order_id(task, attempt)
    return {
        "kind": "order", "account": "a", "symbol": "BTCUSDT", "order_id": number,
        "client_id": client_id,
    }  # fmt: skip


def venue_trade(number: int, quantity: str) -> Row:
    return {"kind": "trade", "order_id": number, "quantity": quantity}


def judged(journal: list[Row], *orders: Row) -> Intents:
    tasks = [
        {"id": f"task-of-{one['id']}", "kind": "order", "order_id": one["id"]} for one in orders
    ]
    return venue_intents.read(journal, {"orders": list(orders), "task": tasks})


def test_an_intent_that_the_venue_filled_once_is_accepted() -> None:
    journal = [venue_order("task-of-o1"), venue_trade(1, "0.5"), venue_trade(1, "1.5")]
    found = judged(journal, our_order("o1"))
    assert found.faults() == []
    assert found.accepted_percent == 100.0


def test_a_second_attempt_of_one_cause_on_the_venue_is_a_double() -> None:
    journal = [
        *(venue_order("task-of-o1"), venue_trade(1, "2")),
        *(venue_order("task-of-o1", attempt=2, number=2), venue_trade(2, "2")),
    ]
    (doubled, filled) = judged(journal, our_order("o1")).faults()
    assert doubled.startswith("doubled: ")
    assert filled.endswith("the venue filled 4, we know 2")


def test_a_second_order_of_one_cause_is_a_double_whatever_its_ids() -> None:
    orders = (our_order("o1"), our_order("o2", 2, venue_order_id="2"))
    journal = [
        *(venue_order("task-of-o1"), venue_trade(1, "2")),
        *(venue_order("task-of-o2", number=2), venue_trade(2, "2")),
    ]
    (doubled,) = judged(journal, *orders).faults()
    assert doubled.startswith("doubled: ")


def test_an_order_that_was_never_sent_says_why() -> None:
    never: Row = {"state": "not_sent", "venue_order_id": None, "filled_quantity": "0"}
    proved = judged([], our_order("o1", reason="PROVED_ABSENT", **never))
    assert proved.faults() == []
    assert proved.accepted_percent == 0.0
    (fault,) = judged([], our_order("o1", **never)).faults()
    assert fault.endswith("nothing says why it was not sent")


def test_an_order_told_as_never_sent_that_is_on_the_venue_is_a_fault() -> None:
    never: Row = {"state": "not_sent", "reason": "PROVED_ABSENT", "venue_order_id": None}
    journal = [venue_order("task-of-o1"), venue_trade(1, "2")]
    faults = judged(journal, our_order("o1", filled_quantity="0", **never)).faults()
    assert any("the venue has it" in fault for fault in faults)


def test_a_rejection_needs_the_venues_own_word() -> None:
    rejected = our_order(
        "o1", state="rejected", reason="VENUE_REJECTED", venue_order_id=None, filled_quantity="0"
    )
    refusal = {**venue_order("task-of-o1"), "kind": "refusal"}
    assert judged([refusal], rejected).faults() == []
    (fault,) = judged([], rejected).faults()
    assert fault.endswith("the venue's journal has no refusal of it")


def test_an_order_of_nobody_is_a_fault() -> None:
    (fault,) = judged([venue_order("task-of-a-stranger")]).faults()
    assert fault.startswith("nobody's order on the venue")


def test_an_order_that_has_not_ended_is_a_fault() -> None:
    open_still = our_order("o1", state="unknown", venue_order_id=None, filled_quantity="0")
    (fault,) = judged([], open_still).faults()
    assert fault.endswith("it has not ended")
