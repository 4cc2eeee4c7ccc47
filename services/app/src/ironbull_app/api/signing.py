"""How is a merchant's request signed, and which mistake has which code? Pure.

HMAC-SHA256 over method, path, canonical query, timestamp, nonce and sha256(body), joined by line
feeds; window 5 s, ahead at most 1 s; the nonce is unique per key.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, quote

from ironbull_messages.problems import Code, Problem

KEY: Final = "x-ib-key"
TIMESTAMP: Final = "x-ib-timestamp"
NONCE: Final = "x-ib-nonce"
SIGNATURE: Final = "x-ib-signature"
HEADERS: Final = (KEY, TIMESTAMP, NONCE, SIGNATURE)
WINDOW_MS: Final = 5_000
AHEAD_MS: Final = 1_000
BYTES: Final = "latin-1"
"""Each byte is one character, so that no two queries look the same after decoding."""
_KEY: Final = re.compile(r"^[A-Za-z0-9_]{8,64}$", re.ASCII)
_TIMESTAMP: Final = re.compile(r"^[0-9]{13}$", re.ASCII)
_NONCE: Final = re.compile(r"^[A-Za-z0-9]{16,64}$", re.ASCII)
_SIGNATURE: Final = re.compile(r"^[0-9a-f]{64}$", re.ASCII)


@dataclass(frozen=True, slots=True)
class Signed:
    """The signing headers of a request, in shape."""

    key_id: str
    timestamp_ms: int
    nonce: str
    signature: str


def read(headers: Mapping[str, str]) -> Signed:
    """Read the four headers.

    Raises:
        Problem: `signature_missing` or `signature_malformed`, naming the header.
    """
    missing = [name for name in HEADERS if not headers.get(name)]
    if missing:
        raise Problem(Code.SIGNATURE_MISSING, f"missing: {', '.join(missing)}")
    shapes = {KEY: _KEY, TIMESTAMP: _TIMESTAMP, NONCE: _NONCE, SIGNATURE: _SIGNATURE}
    wrong = [name for name, shape in shapes.items() if shape.match(headers[name]) is None]
    if wrong:
        raise Problem(Code.SIGNATURE_MALFORMED, f"malformed: {', '.join(wrong)}")
    return Signed(headers[KEY], int(headers[TIMESTAMP]), headers[NONCE], headers[SIGNATURE])


def check_time(signed: Signed, now_ms: int, started_ms: int) -> None:
    """Refuse a request that is too old, from the future, or from before the server's start.

    Before its start the server may have lost the nonces it had seen.

    Raises:
        Problem: `signature_stale` or `signature_future`, with the difference.
    """
    age = now_ms - signed.timestamp_ms
    if age < -AHEAD_MS:
        raise Problem(Code.SIGNATURE_FUTURE, f"the timestamp is {-age} ms ahead, not ≤ {AHEAD_MS}")
    if age > WINDOW_MS:
        raise Problem(Code.SIGNATURE_STALE, f"the timestamp is {age} ms old, not ≤ {WINDOW_MS}")
    if signed.timestamp_ms < started_ms:
        raise Problem(Code.SIGNATURE_STALE, "the timestamp is older than the server's start")


def check_signature(  # noqa: PLR0917 - the parts of a request
    signed: Signed, secret: str, method: str, path: str, query: str, body: bytes
) -> None:
    """Compare in constant time.

    Raises:
        Problem: `signature_wrong`.
    """
    text = canonical(method, path, query, signed.timestamp_ms, signed.nonce, body)
    expected = hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, signed.signature):
        raise Problem(Code.SIGNATURE_WRONG, f"it does not fit {method} {path} as it arrived")


def canonical(  # noqa: PLR0917 - the parts of a request
    method: str, path: str, query: str, timestamp_ms: int, nonce: str, body: bytes
) -> bytes:
    """Return the bytes that are signed; the query is sorted and encoded again (RFC 3986).

    Args:
        method: in any case.
        path: as it was sent, percent-encoding included.
        query: as it was sent; its bytes are kept, whatever their encoding means.
        timestamp_ms: Unix milliseconds.
        nonce: unique per key.
        body: as it was sent.
    """
    pairs = sorted(parse_qsl(query, keep_blank_values=True, encoding=BYTES))
    sorted_query = "&".join(f"{_encode(name)}={_encode(value)}" for name, value in pairs)
    digest = hashlib.sha256(body).hexdigest()
    lines = (method.upper(), path, sorted_query, str(timestamp_ms), nonce, digest)
    return "\n".join(lines).encode()


def _encode(text: str) -> str:
    return quote(text, safe="-._~", encoding=BYTES)
