"""The fleet role: answer members, lease and level accounts, keep streams, send tasks again."""

import asyncio
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from nats.aio.client import Client
from prometheus_client import Counter, Gauge

from ironbull_app.db.unit_of_work import retried
from ironbull_app.flows.fleet_assign import reassign
from ironbull_app.flows.fleet_beat import keep_alive
from ironbull_app.flows.fleet_grant import grant
from ironbull_app.flows.fleet_hello import greet
from ironbull_app.flows.fleet_level import level
from ironbull_app.flows.fleet_sweep import sweep
from ironbull_app.ports.fleet import BeginFleet
from ironbull_app.processes import controls
from ironbull_kit import logs, repeat, serve, streams
from ironbull_kit.clocks import Clock, Monotonic
from ironbull_kit.seal import KeyRing
from ironbull_messages import subjects
from ironbull_messages.fleet import (
    LEASE_SECONDS,
    Beat,
    BeatReply,
    GrantReply,
    GrantRequest,
    Hello,
    HelloReply,
)

QUEUE: Final = "fleet"
ASSIGN_SECONDS: Final = 1.0
LEVEL_SECONDS: Final = 10.0
SWEEP_SECONDS: Final = 2.0
STREAMS_SECONDS: Final = 3.0
FIGURES_SECONDS: Final = 5.0
RESENT: Final = Counter("ironbull_tasks_resent_total", "Tasks sent again by age.")
FIGURES: Final = Gauge("ironbull_fleet", "How the fleet is, by figure.", ("figure",))


@dataclass(frozen=True, slots=True)
class FleetParts:
    """What the role works with."""

    client: Client
    begin: BeginFleet
    keys: KeyRing
    signing_key: Ed25519PrivateKey
    database_epoch: str
    now: Clock
    monotonic: Monotonic


async def run(parts: FleetParts, stopping: asyncio.Event) -> None:
    """Work until the process should end."""
    await Fleet(parts).run(stopping)


class Fleet:
    """The role, with what its loops share."""

    def __init__(self, parts: FleetParts) -> None:
        self._parts = parts
        self._started_at = parts.monotonic()

    async def run(self, stopping: asyncio.Event) -> None:
        """Answer and loop until the process should end."""
        client = self._parts.client
        subscriptions = [
            await serve.answer(client, subjects.ANY_HELLO, QUEUE, self.hello),
            await serve.answer(client, subjects.ANY_BEAT, QUEUE, self.beat),
            await serve.answer(client, subjects.ANY_GRANT, QUEUE, self.grant),
        ]
        await asyncio.gather(
            repeat.every(STREAMS_SECONDS, "fleet.streams", self.keep_streams, stopping),
            repeat.every(ASSIGN_SECONDS, "fleet.assign", self.assign, stopping),
            repeat.every(LEVEL_SECONDS, "fleet.level", self.level, stopping),
            repeat.every(SWEEP_SECONDS, "fleet.sweep", self.sweep, stopping),
            repeat.every(FIGURES_SECONDS, "fleet.figures", self.measure, stopping),
        )
        for subscription in subscriptions:
            await subscription.unsubscribe()

    async def hello(self, subject: str, body: bytes) -> HelloReply:
        """Answer a hello; the member's lanes exist before it pulls."""
        who = subjects.parse_member(subject)
        message = Hello.model_validate_json(body)
        parts, now = self._parts, self._parts.now()
        reply = await retried(lambda: greet(parts.begin, who, message, parts.database_epoch, now))
        if reply.accepted:
            await streams.ensure_lanes(parts.client.jetstream(), who.token)
        logs.get().info(
            "hello", tenant=who.tenant, token=who.token, accepted=reply.accepted, why=reply.why
        )
        return reply

    async def beat(self, subject: str, body: bytes) -> BeatReply:
        """Answer a beat."""
        who = subjects.parse_member(subject)
        message = Beat.model_validate_json(body)
        begin, now = self._parts.begin, self._parts.now()
        reply, changed = await retried(lambda: keep_alive(begin, who, message, now))
        if not reply.accepted:
            logs.get().warning("beat_refused", tenant=who.tenant, token=who.token, why=reply.why)
        await self._push(changed)
        return reply

    async def grant(self, subject: str, body: bytes) -> GrantReply:
        """Answer a request for keys."""
        who = subjects.parse_member(subject)
        request = GrantRequest.model_validate_json(body)
        parts = self._parts
        reply = await retried(
            lambda: grant(parts.begin, parts.keys, parts.signing_key, who, request)
        )
        logs.get().info(
            "granted", token=who.token, asked=len(request.accounts), granted=len(reply.grants)
        )
        return reply

    async def assign(self) -> None:
        """Lease free accounts, and those of members that are gone."""
        # After a pause of the centre itself every lease looks ended: members get one lease of time.
        take_over = self._parts.monotonic() - self._started_at > LEASE_SECONDS
        for tenant in await self._tenants():
            await self._push(await self._reassign(tenant, take_over=take_over))

    async def level(self) -> None:
        """Move idle accounts from members with many to members with few."""
        for tenant in await self._tenants():
            changed = await self._level(tenant)
            if changed:
                logs.get().info("accounts_levelled", tenant=tenant, members=len(changed))
            await self._push(changed)

    async def sweep(self) -> None:
        """Send unanswered tasks again."""
        begin, now = self._parts.begin, self._parts.now()
        count = await retried(lambda: sweep(begin, now))
        if count:
            RESENT.inc(count)
            logs.get().info("tasks_resent", tasks=count)

    async def measure(self) -> None:
        """Show how the fleet is."""
        async with self._parts.begin() as store:
            figures = await store.figures(self._parts.now())
        for name, value in figures.items():
            FIGURES.labels(name).set(value)

    async def keep_streams(self) -> None:
        """Make streams and lanes where they are missing, also after the server lost its disk."""
        js = self._parts.client.jetstream()
        made = await streams.ensure_streams(js)
        if made:
            logs.get().warning("streams_made", streams=made)
        async with self._parts.begin() as store:
            members = await store.tokens()
        for who in members:
            await streams.ensure_lanes(js, who.token)

    async def _tenants(self) -> list[str]:
        async with self._parts.begin() as store:
            return await store.tenants()

    async def _level(self, tenant: str) -> frozenset[str]:
        begin, now = self._parts.begin, self._parts.now()
        return await retried(lambda: level(begin, tenant, now))

    async def _reassign(self, tenant: str, *, take_over: bool) -> frozenset[str]:
        begin, now = self._parts.begin, self._parts.now()
        return await retried(lambda: reassign(begin, tenant, now, take_over=take_over))

    async def _push(self, changed: frozenset[str]) -> None:
        """Push snapshots to all members when one changes, since tasks bear the newest version.

        One that is lost comes with the next beat.
        """
        if changed:
            await controls.push(self._parts.begin, self._parts.client, self._parts.now)
