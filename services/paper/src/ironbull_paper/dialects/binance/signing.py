"""Who signed a request, and is it fresh?"""

import hashlib
import hmac
import re

from ironbull_paper.dialects.binance.errors import UNAUTHORIZED, BinanceError
from ironbull_paper.dialects.binance.params import Params, missing
from ironbull_paper.keys import ApiKey, KeyRing
from ironbull_paper.matching.account import Account
from ironbull_paper.matching.words import Permission

KEY_HEADER = "X-MBX-APIKEY"
KEY_SHAPE = re.compile(r"^[A-Za-z0-9_-]{8,128}$")
DEFAULT_WINDOW_MS = 5_000
MAX_WINDOW_MS = 60_000
MAX_AHEAD_MS = 1_000
SIGNATURE = re.compile(r"(^|&)signature=[^&]*")


def known_key(keys: KeyRing, sent: str | None) -> ApiKey:
    """Return the credentials of a sent key.

    Raises:
        BinanceError: -2014 for what is no key, -2015 for one that nobody has.
    """
    if sent is None or not KEY_SHAPE.match(sent):
        raise BinanceError(-2014, "API-key format invalid.", UNAUTHORIZED)
    key = keys.find(sent)
    if key is None:
        raise _refused_key()
    return key


def check_permission(account: Account, permission: Permission) -> None:
    """Refuse a key that may not do what is asked."""
    if permission not in account.permissions:
        raise _refused_key()


def check_signature(key: ApiKey, query: str, body: str) -> None:
    """Refuse a request whose HMAC-SHA256 over query and body is missing or wrong."""
    found = [part for text in (query, body) for part in SIGNATURE.finditer(text)]
    if not found:
        raise missing("signature")
    sent = found[-1].group().partition("=")[2]
    payload = SIGNATURE.sub("", query) + SIGNATURE.sub("", body)
    wanted = hmac.new(key.secret.encode(), payload.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(wanted, sent.lower()):
        raise BinanceError(-1022, "Signature for this request is not valid.")


def check_freshness(params: Params, now_ms: int) -> None:
    """Refuse a request from the future or older than its window, by the venue's clock."""
    stamp = params.integer("timestamp")
    if stamp is None:
        raise missing("timestamp")
    window = params.integer("recvWindow")
    window = DEFAULT_WINDOW_MS if window is None else window
    if window > MAX_WINDOW_MS:
        raise BinanceError(-1131, "recvWindow must be less than 60000")
    if stamp > now_ms + MAX_AHEAD_MS:
        raise BinanceError(
            -1021, "Timestamp for this request was 1000ms ahead of the server's time."
        )
    if now_ms - stamp > window:
        raise BinanceError(-1021, "Timestamp for this request is outside of the recvWindow.")


def _refused_key() -> BinanceError:
    return BinanceError(-2015, "Invalid API-key, IP, or permissions for action.", UNAUTHORIZED)
