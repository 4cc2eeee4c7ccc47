"""A call is tried again without doing anything twice, and ends with its answer or one problem."""

import asyncio
import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from uuid import UUID, uuid4

import httpx
import pytest

from ironbull_client import AsyncMerchant, FieldError, Merchant, MerchantProblem, Patience
from ironbull_messages.problems import Code, Problem
from ironbull_messages.problems import FieldError as Told

URL = "http://ironbull.test"
MADE = {"id": str(uuid4()), "email": "ann@example.org", "invite_code": "1" * 8}
MADE["inviter_id"] = str(uuid4())
CREATED = httpx.Response(201, json=MADE | {"added_by_a_later_version": 1})
Outcome = httpx.Response | httpx.TransportError


def refusal(code: Code, *errors: Told) -> httpx.Response:
    problem = Problem(code, "what was wrong", errors)
    return httpx.Response(problem.row.status, content=problem.document("req-1").to_bytes())


class Server:
    """It answers with what it was told to, and keeps what it was asked."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes = list(outcomes)
        self.asked: list[httpx.Request] = []
        self.pauses: list[float] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, httpx.TransportError):
            raise outcome
        return outcome

    def merchant(self, tries: int = 4) -> Merchant:
        return Merchant(
            URL, "key_of_acme", "secret", patience=Patience(tries=tries),
            client=httpx.Client(transport=httpx.MockTransport(self.answer)),
            sleep=self.pauses.append,
        )  # fmt: skip

    def heard(self, header: str) -> list[str]:
        return [request.headers[header] for request in self.asked]


def lost() -> httpx.TransportError:
    return httpx.ReadTimeout("no answer")


PASSING: list[Callable[[], Outcome]] = [
    lost,
    lambda: httpx.ConnectError("refused"),
    lambda: httpx.Response(502, text="<html>a proxy</html>"),
    lambda: refusal(Code.UNAVAILABLE),
    lambda: refusal(Code.IDEMPOTENCY_IN_PROGRESS),
]


@pytest.mark.parametrize("outcome", PASSING)
def test_a_passing_failure_is_tried_again_with_the_same_key_and_a_new_nonce(
    outcome: Callable[[], Outcome],
) -> None:
    server = Server(outcome(), outcome(), CREATED)
    made = server.merchant().create_user(email="ann@example.org")
    assert made.id == UUID(MADE["id"])
    assert len({*server.heard("idempotency-key")}) == 1
    assert len({*server.heard("x-ib-nonce")}) == 3
    assert len({request.content for request in server.asked}) == 1
    assert len(server.pauses) == 2


@pytest.mark.parametrize(
    "code", [Code.SIGNATURE_WRONG, Code.EMAIL_TAKEN, Code.VALIDATION_FAILED, Code.INTERNAL]
)
def test_a_refusal_is_told_at_once(code: Code) -> None:
    server = Server(refusal(code, Told(field="email", message="no address")))
    with pytest.raises(MerchantProblem) as caught:
        server.merchant().create_user(email="ann", idempotency_key="ann-1")
    problem = caught.value
    assert (problem.code, problem.detail, problem.request_id) == (code, "what was wrong", "req-1")
    assert problem.status == Problem(code, "").row.status
    assert problem.way_out == Problem(code, "").row.way_out
    assert problem.errors == (FieldError(field="email", message="no address"),)
    assert problem.idempotency_key == "ann-1"
    assert server.pauses == []


def test_a_problem_reads_as_one_line_that_says_nothing_twice() -> None:
    told = (Told(field="email", message="no address"), Told(field="label", message="too long"))
    document = Problem(Code.VALIDATION_FAILED, "email: no address", told).document("req-1")
    server = Server(httpx.Response(422, content=document.to_bytes()))
    with pytest.raises(MerchantProblem) as caught:
        server.merchant().create_user(email="ann")
    assert str(caught.value) == (
        "validation_failed: email: no address; label: too long. "
        "See errors[] for field and expectation."
    )


def test_a_refusal_that_was_kept_says_that_only_a_new_key_asks_anew() -> None:
    kept = refusal(Code.INSUFFICIENT_POINTS)
    kept.headers["Idempotent-Replayed"] = "true"
    server = Server(refusal(Code.INSUFFICIENT_POINTS), kept)
    problems = []
    for _ in range(2):
        with pytest.raises(MerchantProblem) as caught:
            server.merchant().create_recharge("ann", kind="self", amount="1", idempotency_key="a")
        problems.append(caught.value)
    assert [problem.is_kept for problem in problems] == [False, True]
    words = "(kept answer of this idempotency key; use a new key after mending the cause)"
    assert str(problems[1]) == f"{problems[0]} {words}"


def test_patience_ends_and_the_key_is_told_so_that_the_caller_can_go_on() -> None:
    server = Server(*(lost() for _ in range(3)))
    with pytest.raises(MerchantProblem, match="unreachable") as caught:
        server.merchant(tries=3).create_user(email="ann@example.org")
    assert caught.value.status is None
    assert {caught.value.idempotency_key} == {*server.heard("idempotency-key")}
    assert len(server.asked) == 3


def test_pauses_grow_within_their_bounds() -> None:
    patience = Patience(tries=9, first_pause_seconds=0.1, longest_pause_seconds=1.0)
    longest = [0.1, 0.2, 0.4, 0.8, 1.0, 1.0, 1.0, 1.0]
    pauses = list(patience.pauses())
    assert len(pauses) == len(longest)
    assert all(most / 2 <= pause <= most for pause, most in zip(pauses, longest, strict=True))


def test_each_new_call_has_its_own_key_unless_one_is_given() -> None:
    server = Server(CREATED, CREATED, CREATED)
    merchant = server.merchant()
    for key in (None, None, "mine"):
        merchant.create_user(email="ann@example.org", idempotency_key=key)
    keys = server.heard("idempotency-key")
    assert len({*keys}) == 3
    assert keys[-1] == "mine"


def test_amounts_travel_as_text_and_what_is_left_out_is_not_sent() -> None:
    done = {"user_id": str(uuid4()), "kind": "self", "amount": "12.50"}
    server = Server(httpx.Response(201, json=done))
    moved = server.merchant().create_recharge("a/b?c", amount=Decimal("1E+1"), kind="self")
    assert moved.amount == Decimal("12.5")
    assert server.asked[0].url.raw_path == b"/v1/users/a%2Fb%3Fc/recharges"
    assert json.loads(server.asked[0].content) == {"amount": "10", "kind": "self"}


@pytest.mark.parametrize("user", ["", ".", ".."])
def test_a_name_that_would_change_the_path_is_not_sent(user: str) -> None:
    server = Server()
    with pytest.raises(ValueError, match="names nothing"):
        server.merchant().get_user(user)
    assert server.asked == []


def test_an_answer_in_other_words_is_told_as_unreadable() -> None:
    server = Server(httpx.Response(200, text="<html>welcome</html>"))
    with pytest.raises(MerchantProblem, match=r"unreadable.*welcome"):
        server.merchant().get_balances()


def pages() -> Sequence[httpx.Response]:
    return (
        httpx.Response(200, json={"items": [{"id": "3"}, {"id": "2"}], "next_cursor": "after-2"}),
        httpx.Response(200, json={"items": [{"id": "1"}], "next_cursor": None}),
    )


def test_every_row_of_a_list_is_read_page_by_page() -> None:
    server = Server(*pages())
    merchant = server.merchant()
    assert [row["id"] for row in merchant.each(merchant.list_orders)] == ["3", "2", "1"]
    assert [dict(request.url.params) for request in server.asked] == [
        {"limit": "200"}, {"limit": "200", "cursor": "after-2"}
    ]  # fmt: skip


async def test_the_awaited_client_does_the_same() -> None:
    server = Server(lost(), *pages(), refusal(Code.NOT_FOUND))

    async def pause(seconds: float) -> None:
        server.pauses.append(seconds)
        await asyncio.sleep(0)

    transport = httpx.MockTransport(server.answer)
    async with (
        httpx.AsyncClient(transport=transport) as client,
        AsyncMerchant(URL, "key_of_acme", "secret", client=client, sleep=pause) as merchant,
    ):
        rows = [row["id"] async for row in merchant.each(merchant.list_trades)]
        with pytest.raises(MerchantProblem) as caught:
            await merchant.delete_subscription(uuid4())
    assert rows == ["3", "2", "1"]
    assert caught.value.code == Code.NOT_FOUND
    assert len(server.pauses) == 1
