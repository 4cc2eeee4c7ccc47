"""A transaction of the fleet that was chosen to end a deadlock is begun again."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import cast
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from nats.aio.client import Client
from psycopg.errors import DeadlockDetected
from unit.fleet.test_decisions import TOKEN, beat, hello

from ironbull_app.ports.fleet import FleetStore
from ironbull_app.processes.fleet import Fleet, FleetParts
from ironbull_kit.seal import KeyRing
from ironbull_messages import subjects
from ironbull_messages.fleet import GrantRequest, HeldAccount
from ironbull_messages.ids import ExchangeAccountId

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HELD = HeldAccount(account_id=ExchangeAccountId(UUID(int=1)), epoch=1)
GRANT = GrantRequest(token=TOKEN, session_id=UUID(int=1), accounts=(HELD,))


class Deadlocked:
    """A store in which one statement is refused the first time."""

    def __init__(self, statement: str) -> None:
        self._statement = statement
        self.asked = 0

    def _answer(self, statement: str) -> None:
        if statement == self._statement:
            self.asked += 1
            if self.asked == 1:
                raise DeadlockDetected

    async def member(self, _: object) -> None:
        self._answer("member")

    async def candidates(self, *_: object) -> list[object]:
        self._answer("candidates")
        return []

    async def free_accounts(self, *_: object, take_over: bool) -> list[object]:
        assert not take_over
        self._answer("free_accounts")
        return []

    async def unheard(self, *_: object) -> list[object]:
        self._answer("unheard")
        return []

    async def tenants(self) -> list[str]:
        return ["acme"]


@pytest.mark.parametrize(
    ("statement", "act"),
    [
        ("member", lambda fleet: fleet.hello(subjects.hello("acme", TOKEN), hello().to_bytes())),
        ("member", lambda fleet: fleet.beat(subjects.beat("acme", TOKEN), beat().to_bytes())),
        ("member", lambda fleet: fleet.grant(subjects.grant("acme", TOKEN), GRANT.to_bytes())),
        ("free_accounts", lambda fleet: fleet.assign()),
        ("candidates", lambda fleet: fleet.level()),
        ("unheard", lambda fleet: fleet.sweep()),
    ],
)
async def test_a_deadlock_costs_a_repetition(
    statement: str, act: Callable[[Fleet], Awaitable[object]]
) -> None:
    store = Deadlocked(statement)

    @asynccontextmanager
    async def begin() -> AsyncIterator[FleetStore]:
        yield cast("FleetStore", store)

    parts = FleetParts(
        client=Client(),
        begin=begin,
        keys=KeyRing(os.urandom(32)),
        signing_key=Ed25519PrivateKey.generate(),
        database_epoch="1",
        now=lambda: NOW,
        monotonic=lambda: 0.0,
    )

    await act(Fleet(parts))

    assert store.asked == 2
