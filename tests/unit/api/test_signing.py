"""What is signed, and which mistake has which code, without a server."""

import hashlib
import hmac
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironbull_app.api import signing
from ironbull_messages.problems import Code, Problem

NOW = 1_700_000_000_000
HEADERS = {
    "x-ib-key": "key_of_acme",
    "x-ib-timestamp": str(NOW),
    "x-ib-nonce": "0123456789abcdef",
    "x-ib-signature": "0" * 64,
}


def signed(**changes: str) -> signing.Signed:
    return signing.read(HEADERS | {f"x-ib-{name}": value for name, value in changes.items()})


def sign(secret: str, text: bytes) -> str:
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


def test_the_signed_text_is_fixed() -> None:
    text = signing.canonical("post", "/v1/users", "b=2&a=1", NOW, "0123456789abcdef", b"{}")
    digest = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    assert text.decode().split("\n") == [
        *("POST", "/v1/users", "a=1&b=2", str(NOW), "0123456789abcdef", digest)
    ]
    wanted = "073637e6b00f04bcd2d76639b4b9b3f958daa7cd7835b44c9b7b9c52d7d3764c"
    assert sign("secret", text) == wanted


def test_a_right_signature_passes_and_every_mutation_is_wrong() -> None:
    text = signing.canonical("GET", "/v1/orders", "limit=2", NOW, "0123456789abcdef", b"")
    right = signed(signature=sign("secret", text))
    signing.check_signature(right, "secret", "GET", "/v1/orders", "limit=2", b"")
    mutations = [
        ("Secret", "GET", "/v1/orders", "limit=2", b""),
        ("secret", "PUT", "/v1/orders", "limit=2", b""),
        ("secret", "GET", "/v1/trades", "limit=2", b""),
        ("secret", "GET", "/v1/orders", "limit=3", b""),
        ("secret", "GET", "/v1/orders", "", b""),
        ("secret", "GET", "/v1/orders", "limit=2", b" "),
    ]
    for mutation in mutations:
        with pytest.raises(Problem) as caught:
            signing.check_signature(right, *mutation)
        assert caught.value.code is Code.SIGNATURE_WRONG


@pytest.mark.parametrize(
    ("age_ms", "code"),
    [
        (5_000, None),
        (5_001, Code.SIGNATURE_STALE),
        (-1_000, None),
        (-1_001, Code.SIGNATURE_FUTURE),
    ],
)
def test_the_window_is_exact(age_ms: int, code: Code | None) -> None:
    if code is None:
        signing.check_time(signed(), NOW + age_ms, 0)
        return
    with pytest.raises(Problem) as caught:
        signing.check_time(signed(), NOW + age_ms, 0)
    assert caught.value.code is code


def test_what_the_server_may_have_forgotten_is_stale() -> None:
    signing.check_time(signed(), NOW, NOW)
    with pytest.raises(Problem) as caught:
        signing.check_time(signed(), NOW, NOW + 1)
    assert caught.value.code is Code.SIGNATURE_STALE


@given(left=st.text(max_size=20), right=st.text(max_size=20))
def test_two_paths_or_queries_never_sign_alike(left: str, right: str) -> None:
    def text(query: bytes) -> bytes:
        return signing.canonical("GET", "/", query.decode("latin-1"), NOW, "n" * 16, b"")

    one, two = f"q={left}".encode(), f"q={right}".encode()
    pairs = [
        sorted(parse_qsl(each.decode("latin-1"), keep_blank_values=True, encoding="latin-1"))
        for each in (one, two)
    ]
    assert (text(one) == text(two)) == (pairs[0] == pairs[1])
