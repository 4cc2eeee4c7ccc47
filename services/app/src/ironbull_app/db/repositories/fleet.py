"""How are members, leases and resent tasks kept in PostgreSQL?"""

import base64
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, Final

from ironbull_app.db.repositories import controls, fleet_leases, resends
from ironbull_app.db.unit_of_work import Database, Tx
from ironbull_app.ports.fleet import (
    Assignment,
    BeginFleet,
    Candidate,
    FleetStore,
    FreeAccount,
    Member,
    SealedAccount,
    Unheard,
)
from ironbull_kit.seal import Envelope
from ironbull_messages.fleet import (
    LEASE_SECONDS,
    Beat,
    Control,
    HeldAccount,
    Hello,
)
from ironbull_messages.ids import ExchangeAccountId
from ironbull_messages.subjects import MemberSubject
from ironbull_messages.task import CancelTask, OrderTask
from ironbull_messages.words import Environment, VenueType

LEASE: Final = timedelta(seconds=LEASE_SECONDS)
LEAP: Final = 1_000_000
"""More epochs and snapshots than the time that a set-back database has lost can have had."""


class FleetRepository:
    """The fleet's store over one transaction."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def keep_database_epoch(self) -> tuple[str, bool]:
        """Return which life of the database this is, and whether it is another than before."""
        now = await self._tx.row(
            """SELECT system_identifier || '-' || timeline_id AS epoch
               FROM pg_control_system(), pg_control_checkpoint()"""
        )
        if now is None:
            raise LookupError("PostgreSQL does not tell its system identifier")
        await self._tx.execute(
            "INSERT INTO platform_state (database_epoch) VALUES (%s) ON CONFLICT DO NOTHING",
            (now["epoch"],),
        )
        changed = await self._tx.execute(
            "UPDATE platform_state SET database_epoch = %s WHERE database_epoch <> %s",
            (now["epoch"], now["epoch"]),
        )
        return now["epoch"], changed > 0

    async def distrust_all(self) -> None:
        """Fence everything that was ever sent: a database set back knows less than the venues."""
        rows = await self._tx.rows(
            """WITH locked AS MATERIALIZED (
                   SELECT tenant_id, id FROM exchange_account ORDER BY id FOR NO KEY UPDATE)
               UPDATE exchange_account a SET epoch = a.epoch + %s, distrusted_at = now()
               FROM locked WHERE a.tenant_id = locked.tenant_id AND a.id = locked.id
               RETURNING a.tenant_id, a.id""",
            (LEAP,),
        )
        # No claim of a forgotten lease is believed; one that was sent anew has yet a newer epoch.
        await self._tx.execute(
            """UPDATE orders o SET epoch = a.epoch - 1 FROM exchange_account a
               WHERE a.tenant_id = o.tenant_id AND a.id = o.account_id AND o.state NOT IN
               ('filled', 'cancelled', 'rejected', 'expired', 'denied', 'not_sent')"""
        )
        await self._tx.execute(
            "UPDATE platform_state SET control_version = control_version + %s", (LEAP,)
        )
        for tenant in sorted({row["tenant_id"] for row in rows}):
            await self._distrust(tenant, [one["id"] for one in rows if one["tenant_id"] == tenant])

    async def member(self, who: MemberSubject) -> Member | None:
        """Lock and return a member; None: there is none."""
        row = await self._tx.row(
            """SELECT session_id, journal_id, public_key, lease_until FROM member
               WHERE tenant_id = %s AND token = %s FOR NO KEY UPDATE""",
            (who.tenant, who.token),
        )
        if row is None:
            return None
        key = row["public_key"]
        return Member(
            tenant=who.tenant,
            token=who.token,
            session_id=row["session_id"],
            journal_id=row["journal_id"],
            public_key=None if key is None else base64.b64encode(key).decode(),
            lease_until=row["lease_until"],
        )

    async def keep_session(self, who: MemberSubject, hello: Hello) -> None:
        """Keep who the member is from now on."""
        key = base64.b64decode(hello.public_key)
        await self._tx.execute(
            """UPDATE member SET session_id = %s, journal_id = %s, public_key = %s, version = %s,
                   is_draining = false
               WHERE tenant_id = %s AND token = %s""",
            (hello.session_id, hello.journal_id, key, hello.version, who.tenant, who.token),
        )

    async def keep_beat(self, who: MemberSubject, beat: Beat, now: datetime) -> None:
        """Keep that the member lives, its load, and its lease."""
        await self._tx.execute(
            """UPDATE member SET last_beat_at = %s, lease_until = %s, open_tasks = %s,
                   unknown_tasks = %s, clock_offset_seconds = %s, is_draining = %s
               WHERE tenant_id = %s AND token = %s""",
            (
                *(now, now + LEASE, beat.open_tasks, beat.unknown_tasks),
                *(beat.clock_offset_seconds, beat.draining, who.tenant, who.token),
            ),
        )

    async def distrust(self, who: MemberSubject) -> None:
        """Fence everything sent under the member's old journal: epochs grow, orders are UNKNOWN."""
        rows = await self._tx.rows(
            """WITH locked AS MATERIALIZED (
                   SELECT tenant_id, id FROM exchange_account
                   WHERE tenant_id = %s AND member_token = %s ORDER BY id FOR NO KEY UPDATE)
               UPDATE exchange_account a SET epoch = a.epoch + 1 FROM locked
               WHERE a.tenant_id = locked.tenant_id AND a.id = locked.id RETURNING a.id""",
            (who.tenant, who.token),
        )
        await self._distrust(who.tenant, [row["id"] for row in rows])

    async def make_due(self, who: MemberSubject) -> None:
        """Let the member's open tasks be sent again at once."""
        await self._tx.execute(
            """UPDATE task SET last_sent_at = to_timestamp(0)
               WHERE tenant_id = %s AND token = %s AND done_at IS NULL""",
            (who.tenant, who.token),
        )

    async def hand_back(self, who: MemberSubject, held: Sequence[HeldAccount]) -> int:
        """Free accounts that the member gives up under their current epochs; return how many."""
        return await self._tx.execute(
            """WITH locked AS MATERIALIZED (
                   SELECT a.tenant_id, a.id FROM exchange_account a
                   JOIN unnest(%s::uuid[], %s::bigint[]) AS given (id, epoch)
                     ON a.id = given.id AND a.epoch = given.epoch
                   WHERE a.tenant_id = %s AND a.member_token = %s
                   ORDER BY a.id FOR NO KEY UPDATE OF a)
               UPDATE exchange_account a SET member_token = NULL FROM locked
               WHERE a.tenant_id = locked.tenant_id AND a.id = locked.id""",
            (*_columns(held), who.tenant, who.token),
        )

    async def candidates(self, tenant: str, now: datetime) -> list[Candidate]:
        """Let one transaction at a time lease a tenant's accounts, and return who takes some."""
        return await fleet_leases.candidates(self._tx, tenant, now)

    async def free_accounts(
        self, tenant: str, now: datetime, *, take_over: bool
    ) -> list[FreeAccount]:
        """Lock and return accounts without a member; with `take_over` also those of dead ones."""
        return await fleet_leases.free_accounts(self._tx, tenant, now, take_over=take_over)

    async def idle_accounts(self, tenant: str, holders: Mapping[str, int]) -> list[FreeAccount]:
        """Lock and return accounts with nothing in flight, at most so many of each holder."""
        return await fleet_leases.idle_accounts(self._tx, tenant, holders)

    async def assign(self, tenant: str, assignments: Sequence[Assignment], now: datetime) -> None:
        """Lease accounts anew: epochs grow, snapshots get a version, open tasks are due again."""
        if not assignments:
            return
        accounts = [one.account.account_id for one in assignments]
        await self._tx.execute(
            """UPDATE exchange_account a SET member_token = wanted.token, epoch = a.epoch + 1,
                   sync_wanted_at = %s
               FROM unnest(%s::uuid[], %s::text[]) AS wanted (id, token)
               WHERE a.tenant_id = %s AND a.id = wanted.id""",
            (now, accounts, [one.token for one in assignments], tenant),
        )
        await self._make_due(tenant, accounts)

    async def control(self, who: MemberSubject, now: datetime) -> Control:
        """Return the member's newest snapshot."""
        return await controls.read(self._tx, who, now)

    async def figures(self, now: datetime) -> dict[str, float]:
        """Return how the fleet is: `members_alive`, `accounts_free`, and so on."""
        row = await self._tx.row(
            """SELECT
                   (SELECT count(*) FROM member WHERE lease_until > %(now)s) AS members_alive,
                   (SELECT count(*) FROM member WHERE is_wanted
                       AND (lease_until IS NULL OR lease_until <= %(now)s)) AS members_silent,
                   (SELECT count(*) FROM exchange_account WHERE member_token IS NULL
                       AND state <> 'unbound') AS accounts_free,
                   (SELECT count(*) FROM task WHERE done_at IS NULL) AS tasks_open,
                   (SELECT coalesce(extract(epoch FROM %(now)s - min(created_at)), 0)::float8
                       FROM task WHERE done_at IS NULL) AS oldest_task_seconds""",
            {"now": now},
        )
        return {} if row is None else {name: float(value) for name, value in row.items()}

    async def sealed(self, who: MemberSubject, held: Sequence[HeldAccount]) -> list[SealedAccount]:
        """Return those of the accounts that the member leases under just these epochs."""
        rows = await self._tx.rows(
            """SELECT a.id, a.epoch, a.feed, a.key_version, a.wrapped_key, a.sealed
               FROM exchange_account a
               JOIN unnest(%s::uuid[], %s::bigint[]) AS asked (id, epoch)
                 ON asked.id = a.id AND asked.epoch = a.epoch
               WHERE a.tenant_id = %s AND a.member_token = %s AND a.state <> 'unbound'""",
            (*_columns(held), who.tenant, who.token),
        )
        return [_sealed(row) for row in rows]

    async def tenants(self) -> list[str]:
        """Return all tenants."""
        rows = await self._tx.rows("SELECT tenant_id FROM tenant ORDER BY tenant_id")
        return [row["tenant_id"] for row in rows]

    async def tokens(self) -> list[MemberSubject]:
        """Return all members that are wanted or still hold accounts."""
        rows = await self._tx.rows("SELECT tenant_id, token FROM member ORDER BY tenant_id, token")
        return [MemberSubject("member", row["tenant_id"], row["token"]) for row in rows]

    async def unheard(self, now: datetime, limit: int) -> list[Unheard]:
        """Lock and return tasks that were sent long ago and are not done."""
        return await resends.unheard(self._tx, now, limit)

    async def send_again(self, tasks: Sequence[OrderTask | CancelTask]) -> None:
        """Keep under which lease each task is sent now, and put it into the outbox."""
        await resends.send_again(self._tx, tasks)

    async def _distrust(self, tenant: str, accounts: Sequence[ExchangeAccountId]) -> None:
        await self._tx.execute(
            """UPDATE orders SET state = 'unknown', updated_at = now()
               WHERE tenant_id = %s AND account_id = ANY(%s)
                 AND state IN ('dispatched', 'submitting')""",
            (tenant, accounts),
        )
        await self._make_due(tenant, accounts)

    async def _make_due(self, tenant: str, accounts: Sequence[ExchangeAccountId]) -> None:
        """Let the sweeper send open tasks of these accounts at once, and outdate snapshots."""
        await self._tx.execute(
            """UPDATE task SET last_sent_at = to_timestamp(0)
               WHERE tenant_id = %s AND account_id = ANY(%s) AND done_at IS NULL""",
            (tenant, list(accounts)),
        )
        await self._tx.execute("UPDATE platform_state SET control_version = control_version + 1")


def begin_fleet(database: Database) -> BeginFleet:
    """Return how the fleet's flows open a transaction."""

    @asynccontextmanager
    async def begin() -> AsyncIterator[FleetStore]:
        async with database.platform() as tx:
            yield FleetRepository(tx)

    return begin


def _columns(held: Sequence[HeldAccount]) -> tuple[list[ExchangeAccountId], list[int]]:
    return [one.account_id for one in held], [one.epoch for one in held]


def _sealed(row: dict[str, Any]) -> SealedAccount:
    venue, _, environment = row["feed"].rpartition("-")
    return SealedAccount(
        held=HeldAccount(account_id=row["id"], epoch=row["epoch"]),
        venue=VenueType(venue),
        environment=Environment(environment.capitalize()),
        envelope=Envelope(row["key_version"], row["wrapped_key"], row["sealed"]),
    )
