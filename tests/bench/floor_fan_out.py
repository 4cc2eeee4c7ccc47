"""What is the least that a thousand orders may cost? Signed and sent at once, nothing kept."""

import asyncio
import hashlib
import hmac
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import aiohttp

WINDOW_MS = "10000"
TIMEOUT = aiohttp.ClientTimeout(total=60)


@dataclass(frozen=True, slots=True)
class Key:
    """An account's key at the exchange."""

    api_key: str
    secret: str


async def place_all(url: str, keys: Sequence[Key], order: dict[str, str], connections: int) -> None:
    """Place one order for each key, over so many connections."""
    connector = aiohttp.TCPConnector(limit=connections)
    async with aiohttp.ClientSession(connector=connector, timeout=TIMEOUT) as session:
        await asyncio.gather(*(_place(session, url, key, order) for key in keys))


async def _place(session: aiohttp.ClientSession, url: str, key: Key, order: dict[str, str]) -> None:
    asked = order | {"recvWindow": WINDOW_MS, "timestamp": str(time.time_ns() // 1_000_000)}
    text = urlencode(asked)
    signature = hmac.new(key.secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    async with session.post(
        f"{url}/fapi/v1/order",
        data=f"{text}&signature={signature}",
        headers={
            "X-MBX-APIKEY": key.api_key,
            "content-type": "application/x-www-form-urlencoded",
        },
    ) as answer:
        body = await answer.text()
        assert answer.status == 200, body
