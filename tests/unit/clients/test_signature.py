"""The client signs as the server reads, whatever the path, the query and the body."""

import hashlib
import hmac
from collections.abc import Mapping

import httpx
from hypothesis import given
from hypothesis import strategies as st

from ironbull_app.api import signing
from ironbull_client import Signature

NOW = 1_700_000_000_000
NONCE = "0123456789abcdef"
SECRET = "a-merchant-secret-of-forty-characters-xx"
URL = "http://ironbull.test"


def signed(request: httpx.Request, secret: str = SECRET) -> httpx.Request:
    signature = Signature("key_of_acme", secret, clock=lambda: NOW, nonce=lambda: NONCE)
    return next(signature.sync_auth_flow(request))


def headers_of(request: httpx.Request) -> Mapping[str, str]:
    return {name: request.headers[name] for name in signing.HEADERS}


def test_the_signature_of_a_request_is_fixed() -> None:
    request = signed(httpx.Request("POST", f"{URL}/v1/users?b=2&a=1", content=b"{}"), "secret")
    assert headers_of(request) == {
        "x-ib-key": "key_of_acme",
        "x-ib-timestamp": str(NOW),
        "x-ib-nonce": NONCE,
        "x-ib-signature": "073637e6b00f04bcd2d76639b4b9b3f958daa7cd7835b44c9b7b9c52d7d3764c",
    }


@given(
    user=st.text(min_size=1, max_size=20),
    query=st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=4),
    body=st.binary(max_size=40),
)
def test_what_the_client_signs_is_what_the_server_checks(
    user: str, query: dict[str, str], body: bytes
) -> None:
    request = signed(
        httpx.Request("POST", f"{URL}/v1/users", params={user: user, **query}, content=body)
    )
    path, _, sent = request.url.raw_path.decode().partition("?")
    read = signing.read(headers_of(request))
    signing.check_signature(read, SECRET, "POST", path, sent, body)


def test_each_time_it_leaves_a_request_has_another_nonce() -> None:
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["x-ib-nonce"])
        return httpx.Response(200)

    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        request = client.build_request("GET", f"{URL}/v1/users")
        for _ in range(2):
            client.send(request, auth=Signature("key_of_acme", SECRET))
    assert len({*seen}) == 2


def test_the_six_lines_are_joined_by_line_feeds() -> None:
    request = signed(httpx.Request("GET", f"{URL}/v1/users/ann%40example.org?limit=2"))
    nothing = hashlib.sha256(b"").hexdigest()
    lines = ("GET", "/v1/users/ann%40example.org", "limit=2", str(NOW), NONCE, nothing)
    wanted = hmac.new(SECRET.encode(), "\n".join(lines).encode(), hashlib.sha256).hexdigest()
    assert request.headers["x-ib-signature"] == wanted
