"""How does a server learn of a tenant's account? Claims are pushed over the system account."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from nats.aio.client import Client
from nats.errors import Error as NatsError

from ironbull_kit import nats_jwt
from ironbull_kit.nats_accounts import RootKeys
from ironbull_messages import subjects

TIMEOUT_SECONDS: Final = 5.0


class ClaimsError(ConnectionError):
    """The server could not be asked, or refused a claim."""


async def push(system: Client, account_jwt: str) -> None:
    """Give the server an account's claim; an older one is replaced.

    Raises:
        ClaimsError: it could not be asked or refuses.
    """
    answer = await _ask(system, subjects.SYSTEM_CLAIMS_UPDATE, account_jwt.encode())
    if "error" in answer:
        raise ClaimsError(f"the server refuses the claim: {answer['error']}")


async def known(system: Client) -> frozenset[str]:
    """Return the public keys of the accounts that the server knows.

    Raises:
        ClaimsError: it could not be asked.
    """
    answer = await _ask(system, subjects.SYSTEM_CLAIMS_LIST, b"")
    return frozenset(answer.get("data", ()))


async def delete(system: Client, keys: RootKeys, accounts: Sequence[str], now: int) -> None:
    """Make the server forget accounts; their users are cut off.

    Raises:
        ClaimsError: it could not be asked or refuses.
    """
    operator = nats_jwt.public_key(keys.operator)
    claim = {"accounts": list(accounts), "type": "generic", "version": 2}
    jwt = nats_jwt.sign(keys.operator, operator, operator, claim, now)
    answer = await _ask(system, subjects.SYSTEM_CLAIMS_DELETE, jwt.encode())
    if "error" in answer:
        raise ClaimsError(f"the server refuses to forget {len(accounts)} accounts")


async def _ask(system: Client, subject: str, body: bytes) -> Mapping[str, Any]:
    try:
        message = await system.request(subject, body, timeout=TIMEOUT_SECONDS)
    except (NatsError, TimeoutError, OSError) as error:
        raise ClaimsError(f"{subject}: {type(error).__name__}") from error
    answer: Mapping[str, Any] = json.loads(message.data)
    return answer
