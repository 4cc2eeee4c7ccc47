"""How the end of a request is judged: in doubt an order is UNKNOWN."""

import json

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironbull_messages.words import OrderState
from ironbull_node.venue import binance_words as words
from ironbull_node.venue import outcome
from ironbull_node.venue.port import NeverSent, Rejected, Submitted, Unknown, VenueError

CLIENT_ID = "iabcdefghijklmnopqrstuvwxy"
WHOLE = {
    "clientOrderId": CLIENT_ID,
    "orderId": 77,
    "status": "FILLED",
    "executedQty": "1.500",
    "symbol": "BTCUSDT",
}


def judge(answer: object) -> object:
    return outcome.of_answer(answer, CLIENT_ID, words.order)


def test_only_a_whole_answer_about_our_id_is_submitted() -> None:
    judged = judge(WHOLE)
    assert isinstance(judged, Submitted)
    assert judged.order.state is OrderState.FILLED


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "",
        "<html>502</html>",
        [],
        {},
        {"code": 200},
        {**WHOLE, "orderId": None},
        {**WHOLE, "clientOrderId": "x-other"},
        {**WHOLE, "status": "MYSTERY"},
        {**WHOLE, "executedQty": "NaN"},
        {**WHOLE, "executedQty": 1.5},
    ],
)
def test_a_broken_success_is_unknown(answer: object) -> None:
    assert isinstance(judge(answer), Unknown)


@given(cut=st.integers(0, len(json.dumps(WHOLE)) - 1))
def test_a_truncated_success_is_unknown(cut: int) -> None:
    text = json.dumps(WHOLE)[:cut]
    try:
        answer = json.loads(text)
    except ValueError:
        answer = text
    assert isinstance(judge(answer), Unknown)


@pytest.mark.parametrize("code", ["-2019", "-2022", "-1111", "-4164", "-2015", "-1022"])
def test_a_listed_code_rejects(code: str) -> None:
    assert outcome.of_error(VenueError(code, "no")) == Rejected(code, "no", may_retry=False)


@pytest.mark.parametrize("code", ["-1003", "-1015", "-1021"])
def test_a_refusal_of_the_moment_may_be_tried_again(code: str) -> None:
    assert outcome.of_error(VenueError(code, "no")) == Rejected(code, "no", may_retry=True)


@pytest.mark.parametrize("code", ["-1000", "-1001", "-1006", "-1007", "-4116", "", "-9999"])
def test_any_other_error_is_unknown(code: str) -> None:
    assert isinstance(outcome.of_error(VenueError(code, "perhaps")), Unknown)


def test_a_failed_connect_was_never_sent() -> None:
    key = aiohttp.client_reqrep.ConnectionKey("x", 1, False, True, None, None, None)  # noqa: FBT003
    wrapped = RuntimeError("https://venue/order?signature=secret")
    wrapped.__cause__ = aiohttp.ClientConnectorError(key, ConnectionRefusedError())
    judged = outcome.of_error(wrapped)
    assert isinstance(judged, NeverSent)
    assert "signature" not in judged.why


@pytest.mark.parametrize(
    "cause",
    [
        aiohttp.ServerDisconnectedError(),
        aiohttp.ClientOSError(),
        TimeoutError(),
        aiohttp.ClientPayloadError(),
        aiohttp.SocketTimeoutError(),
        ValueError(),
    ],
)
def test_an_error_after_bytes_may_have_left_is_unknown(cause: Exception) -> None:
    wrapped = RuntimeError("https://venue/order?signature=secret")
    wrapped.__cause__ = cause
    judged = outcome.of_error(wrapped)
    assert isinstance(judged, Unknown)
    assert "signature" not in judged.why
