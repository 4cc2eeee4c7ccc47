"""How do staff and the paper exchange's owner act? With a bearer token; tenants sign."""

from dataclasses import dataclass
from typing import Any, Final

import httpx

from ironbull_messages.problems import Code, Problem

TIMEOUT_SECONDS: Final = 20.0
_TEXT_SHOWN: Final = 400


@dataclass(frozen=True, slots=True)
class Desk:
    """Somebody with a bearer token: the platform's staff, or who runs the paper exchange."""

    client: httpx.AsyncClient
    url: str
    token: str

    async def post(self, path: str, body: dict[str, Any], once: str = "") -> dict[str, Any]:
        """Do something; the same `once` does it once.

        Raises:
            Problem: the other side refused, with its own words.
        """
        headers = {"authorization": f"Bearer {self.token}"}
        if once:
            headers["idempotency-key"] = once
        answer = await self.client.post(self.url + path, json=body, headers=headers)
        if not answer.is_success:
            told = f"POST {path} answered {answer.status_code}: {answer.text[:_TEXT_SHOWN]}"
            raise Problem(Code.PROCESS_FAILED, told)
        found: dict[str, Any] = answer.json()
        return found
