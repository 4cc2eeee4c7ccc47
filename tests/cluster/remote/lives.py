"""How often did each client renew its credentials, and is it the same process still?"""

import asyncio
import subprocess
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Protocol

from ironbull_kit import bus, nats_jwt

POLL_SECONDS = 0.25


class Client(Protocol):
    """An engine or a member."""

    @property
    def creds(self) -> Path:
        """The file that it renews."""

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """What runs."""


@dataclass(slots=True)
class Lives:
    """The JWTs that each client has had, by when it was seen to have them."""

    clients: Mapping[str, Client]
    seen: dict[str, dict[float, float]] = field(default_factory=dict)
    """By client: instant of expiry → instant at which it was seen first."""

    def look(self) -> None:
        """See which JWT each client has now."""
        for name, client in self.clients.items():
            if client.creds.exists():
                ends = float(_claims(client)["exp"])
                self.seen.setdefault(name, {}).setdefault(ends, time.time())

    @property
    def renewals(self) -> dict[str, int]:
        """How often each client has renewed."""
        return {name: len(ends) - 1 for name, ends in self.seen.items()}

    @property
    def ended(self) -> dict[str, int]:
        """Return the clients whose process has ended, with its exit code."""
        codes = {name: client.process.poll() for name, client in self.clients.items()}
        return {name: code for name, code in codes.items() if code is not None}

    @property
    def closest(self) -> float:
        """Return how many seconds before its end a JWT was seen to be renewed, at the least."""
        found = []
        for ends in self.seen.values():
            in_order = sorted(ends)
            found += [old - ends[new] for old, new in pairwise(in_order)]
        return min(found)

    def due(self) -> dict[str, float]:
        """Return in how many seconds each client renews."""
        now = time.time()
        found = {}
        for name, client in self.clients.items():
            claims = _claims(client)
            life = claims["exp"] - claims["iat"]
            found[name] = claims["iat"] + life * bus.RENEW_AT - now
        return found


@asynccontextmanager
async def watched(clients: Mapping[str, Client]) -> AsyncIterator[Lives]:
    """Watch clients' credentials as long as the block lasts."""
    lives = Lives(clients)

    async def watch() -> None:
        while True:
            lives.look()
            await asyncio.sleep(POLL_SECONDS)

    watching = asyncio.create_task(watch())
    try:
        yield lives
        assert not watching.done(), watching.exception()
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


def _claims(client: Client) -> dict[str, float]:
    jwt, _ = nats_jwt.read_credentials(client.creds.read_text())
    return nats_jwt.read(jwt)
