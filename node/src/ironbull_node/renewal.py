"""How does a member's NATS permit stay valid? It asks for a new one at two thirds of its life."""

import asyncio
import base64
import json
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog
from pydantic import ValidationError

from ironbull_messages import subjects
from ironbull_messages.fleet import RenewReply, RenewRequest
from ironbull_node.bus import Bus, BusError

SHARE_OF_LIFE: Final = 2 / 3
REQUEST_SECONDS: Final = 5.0
RETRY_SECONDS: Final = 10.0
MAX_SLEEP_SECONDS: Final = 3_600.0
_PERMIT: Final = re.compile(
    r"(-+BEGIN NATS USER JWT-+\s+)(?P<jwt>[^\s-]\S+)(\s+-+END NATS USER JWT-+)"
)

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Permit:
    """What the creds file says of its user."""

    public_key: str
    issued_at: float
    expires_at: float | None
    """None: it does not expire."""

    @property
    def renew_at(self) -> float | None:
        """Return when to ask for the next one."""
        if self.expires_at is None:
            return None
        return self.issued_at + (self.expires_at - self.issued_at) * SHARE_OF_LIFE


def read_permit(creds: str) -> Permit:
    """Read the permit in the text of a creds file.

    Raises:
        ValueError: there is none.
    """
    found = _PERMIT.search(creds)
    if found is None:
        raise ValueError("the creds file holds no NATS user JWT")
    payload = found["jwt"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    expires = claims.get("exp")
    return Permit(claims["sub"], float(claims["iat"]), None if not expires else float(expires))


def replace_jwt(creds: str, jwt: str) -> str:
    """Return the creds file's text with another permit and the same key."""
    return _PERMIT.sub(lambda found: f"{found[1]}{jwt}{found[3]}", creds, count=1)


class Renewal:
    """Keep the creds file's permit valid."""

    def __init__(self, bus: Bus, creds: Path, member: subjects.MemberSubject) -> None:
        self._bus = bus
        self._creds = creds
        self._member = member

    async def run(self) -> None:
        """Renew for as long as the member lives."""
        while True:
            renew_at = (await asyncio.to_thread(self._permit)).renew_at
            left = MAX_SLEEP_SECONDS if renew_at is None else renew_at - time.time()
            if left > 0:
                await asyncio.sleep(min(left, MAX_SLEEP_SECONDS))
                continue
            if not await self._renew():
                await asyncio.sleep(RETRY_SECONDS)

    async def _renew(self) -> bool:
        permit = await asyncio.to_thread(self._permit)
        request = RenewRequest(token=self._member.token, public_key=permit.public_key)
        subject = subjects.renew(self._member.tenant, self._member.token)
        try:
            answer = await self._bus.request(subject, request.to_bytes(), REQUEST_SECONDS)
            reply = RenewReply.model_validate_json(answer)
        except (BusError, ValidationError) as error:
            _log.warning("renew.unanswered", why=type(error).__name__)
            return False
        if not reply.jwt:
            _log.error("renew.refused", why=reply.why)
            return False
        await asyncio.to_thread(self._write, reply.jwt)
        await self._bus.reconnect()
        _log.info("renew.done")
        return True

    def _permit(self) -> Permit:
        return read_permit(self._creds.read_text())

    def _write(self, jwt: str) -> None:
        text = replace_jwt(self._creds.read_text(), jwt)
        new = self._creds.with_suffix(".new")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._creds)
