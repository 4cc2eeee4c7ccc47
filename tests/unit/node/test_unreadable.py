"""What is told of a task that cannot be read? Never sent, only where nobody else can have sent it.

Members of two versions share a pool: what one of them cannot read, another may have placed.
"""

import json
from uuid import uuid4

import pytest
from unit.node.test_life import NOW, task

from ironbull_messages.subjects import MemberSubject
from ironbull_messages.words import OrderState
from ironbull_node import unreadable

WHO = MemberSubject("task", "acme", "aaaabbbbccccdddd")
JOURNAL = uuid4()


def body(**more: object) -> bytes:
    known = json.loads(task().to_bytes())
    return json.dumps(
        {**known, "journal_id": str(JOURNAL), "action": "DANCE", "epoch": 4, **more}
    ).encode()


def test_a_first_delivery_is_never_sent_under_its_own_epoch() -> None:
    said = unreadable.claim(body(), 1, JOURNAL, WHO, NOW)

    assert said is not None
    assert (said.kind, said.state, said.epoch) == ("unprocessable", OrderState.NOT_SENT, 4)


@pytest.mark.parametrize(
    "more",
    [
        {"fresh": False},
        {"fresh": "true"},
        {"fresh": 1},
        {"journal_id": str(uuid4())},
        {"journal_id": None},
        {"epoch": None},
        {"tenant": "other"},
        {"token": "b" * 16},
        {"order_id": "no id"},
    ],
)
def test_what_another_member_may_have_sent_is_not_claimed(more: dict[str, object]) -> None:
    assert unreadable.claim(body(**more), 1, JOURNAL, WHO, NOW) is None


def test_a_repeated_delivery_is_not_claimed() -> None:
    assert unreadable.claim(body(), 2, JOURNAL, WHO, NOW) is None


@pytest.mark.parametrize("raw", [b"", b"[]", b"7", b"{}", b"\xff", b'"text"'])
def test_a_body_without_the_words_is_not_claimed(raw: bytes) -> None:
    assert unreadable.claim(raw, 1, JOURNAL, WHO, NOW) is None


def test_a_body_too_deep_to_read_is_not_claimed() -> None:
    assert unreadable.claim(b"[" * 100_000, 1, JOURNAL, WHO, NOW) is None
