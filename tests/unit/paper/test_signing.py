"""The venue takes a request only from who signed it, and only while it is fresh."""

import hashlib
import hmac
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironbull_paper.dialects.binance.errors import REFUSALS, BinanceError
from ironbull_paper.dialects.binance.params import Params
from ironbull_paper.dialects.binance.signing import check_freshness, check_signature, known_key
from ironbull_paper.keys import ApiKey, KeyRing
from ironbull_paper.matching.words import Refusal

KEY = ApiKey("alice", "k" * 64, "s" * 64)
NOW = 1_800_000_000_000


def signed(payload: str) -> str:
    return hmac.new(KEY.secret.encode(), payload.encode(), hashlib.sha256).hexdigest()


def code(error: pytest.ExceptionInfo[BinanceError]) -> int:
    return error.value.code


def test_a_signature_covers_query_and_body_together() -> None:
    check_signature(KEY, "", f"a=1&b=2&signature={signed('a=1&b=2')}")
    check_signature(KEY, f"a=1&b=2&signature={signed('a=1&b=2')}", "")
    check_signature(KEY, "a=1", f"b=2&signature={signed('a=1b=2')}")


@given(at=st.integers(0, 10), char=st.sampled_from("0123456789xyz&="))
def test_one_changed_character_breaks_the_signature(at: int, char: str) -> None:
    payload = "qty=1&side=B"
    changed = payload[:at] + char + payload[at + 1 :]
    if changed == payload:
        return
    with pytest.raises(BinanceError) as error:
        check_signature(KEY, "", f"{changed}&signature={signed(payload)}")
    assert code(error) == -1022


def test_a_missing_signature_is_said_to_be_missing() -> None:
    with pytest.raises(BinanceError) as error:
        check_signature(KEY, "", "a=1")
    assert code(error) == -1102


@pytest.mark.parametrize(
    ("age_ms", "window", "is_fresh"),
    [
        (0, None, True),
        (5000, None, True),
        (5001, None, False),
        (3000, "3000", True),
        (3001, "3000", False),
        (-1000, "3000", True),
        (-1001, "3000", False),
    ],
)
def test_a_request_lives_as_long_as_its_window(
    age_ms: int,
    window: str | None,
    is_fresh: bool,  # noqa: FBT001 - a column of the table
) -> None:
    pairs = [("timestamp", str(NOW - age_ms))]
    params = Params([*pairs, *([("recvWindow", window)] if window else [])])
    if is_fresh:
        check_freshness(params, NOW)
        return
    with pytest.raises(BinanceError) as error:
        check_freshness(params, NOW)
    assert code(error) == -1021


@pytest.mark.parametrize(("sent", "expected"), [(None, -2014), ("short", -2014), ("x" * 64, -2015)])
def test_strange_keys_are_told_apart(tmp_path: Path, sent: str | None, expected: int) -> None:
    with pytest.raises(BinanceError) as error:
        known_key(KeyRing(tmp_path), sent)
    assert code(error) == expected
    assert error.value.status == 401


def test_every_refusal_has_a_code_of_the_venue() -> None:
    assert set(REFUSALS) == set(Refusal)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("quantity", "1e3", -1100),
        ("quantity", "0,5", -1100),
        ("newClientOrderId", "x" * 37, -4015),
        ("newClientOrderId", "white space", -1100),
    ],
)
def test_malformed_parameters_are_refused(name: str, value: str, expected: int) -> None:
    params = Params([(name, value)])
    read = params.client_id if name == "newClientOrderId" else params.decimal
    with pytest.raises(BinanceError) as error:
        read(name)
    assert code(error) == expected
