"""SQL of what documents say: tenants, strategies, pools with their members."""

import json
import secrets
from typing import Final
from uuid import uuid4

from ironbull_app.db.unit_of_work import Tx
from ironbull_app.ports.documents import MemberToken, Stored, Told
from ironbull_messages.resources import (
    ExecutionNodeSpec,
    Spec,
    StrategySpec,
    TenantSpec,
    strategy_version,
)
from ironbull_messages.words import (
    TERMINAL_STATES,
    DesiredState,
    Environment,
    TenantState,
    VenueType,
    feed_id,
)

ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz234567"
TOKEN_LENGTH: Final = 16
ROOT_EMAIL: Final = "root@tenant.invalid"


def new_token() -> str:
    """Return a fresh id of a member or an engine."""
    return "".join(secrets.choice(ALPHABET) for _ in range(TOKEN_LENGTH))


class DocumentStore:
    """One transaction of the platform role."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def tenant(self, name: str) -> Stored | None:
        """Lock and return what is stored of a tenant; None: nothing."""
        row = await self._tx.row(
            """SELECT uid, generation, closed_at IS NOT NULL AS is_closed,
                erased_at IS NOT NULL AS is_erased, spec
            FROM tenant WHERE tenant_id = %s FOR NO KEY UPDATE""",
            (name,),
        )
        return None if row is None else Stored(**row)

    async def save_tenant(self, told: Told, spec: TenantSpec) -> str:
        """Store a tenant; return its engine's token, made once."""
        row = await self._tx.row(
            """INSERT INTO tenant (tenant_id, uid, generation, display_name, is_active, venues,
                billing_share, platform_share_to_root, spec, root_user_id, engine_token)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
            ON CONFLICT (tenant_id) DO UPDATE SET uid = excluded.uid, closed_at = NULL,
                generation = excluded.generation, display_name = excluded.display_name,
                is_active = excluded.is_active,
                venues = excluded.venues, billing_share = excluded.billing_share,
                platform_share_to_root = excluded.platform_share_to_root, spec = excluded.spec
            RETURNING engine_token, root_user_id""",
            (
                *(told.name, told.uid, told.generation, spec.display_name),
                spec.state is TenantState.ACTIVE,
                json.dumps([venue.model_dump(mode="json") for venue in spec.venues]),
                spec.billing.share,
                spec.billing.platform_share_to == "TenantRoot",
                *(_text(spec), uuid4(), new_token()),
            ),
        )
        if row is None:
            raise LookupError(f"tenant {told.name} was not stored")
        await self._tx.execute(
            """INSERT INTO users (tenant_id, id, email, invite_code, path, is_root)
            VALUES (%s, %s, %s, %s, '{}', true) ON CONFLICT DO NOTHING""",
            (told.name, row["root_user_id"], ROOT_EMAIL, "00000000"),
        )
        return str(row["engine_token"])

    async def strategy(self, tenant: str, name: str) -> Stored | None:
        """Lock and return what is stored of a strategy; None: nothing."""
        row = await self._tx.row(
            """SELECT uid, generation, closed_at IS NOT NULL AS is_closed, spec
            FROM strategy WHERE tenant_id = %s AND name = %s FOR NO KEY UPDATE""",
            (tenant, name),
        )
        return None if row is None else Stored(**row)

    async def save_strategy(self, tenant: str, told: Told, feed: str, spec: StrategySpec) -> None:
        """Store a strategy."""
        await self._tx.execute(
            """INSERT INTO strategy (tenant_id, name, uid, generation, version, is_running, feed,
                timeframe, symbols, spec)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
            ON CONFLICT (tenant_id, name) DO UPDATE SET uid = excluded.uid, closed_at = NULL,
                generation = excluded.generation, version = excluded.version,
                is_running = excluded.is_running,
                feed = excluded.feed, timeframe = excluded.timeframe,
                symbols = excluded.symbols, spec = excluded.spec""",
            (
                *(tenant, told.name, told.uid, told.generation, strategy_version(spec)),
                *(spec.desired_state is DesiredState.RUNNING, feed, spec.timeframe.value),
                *(list(spec.symbols), _text(spec)),
            ),
        )

    async def pool(self, tenant: str, name: str) -> Stored | None:
        """Lock and return what is stored of a pool; None: nothing."""
        row = await self._tx.row(
            """SELECT uid, generation, feed, closed_at IS NOT NULL AS is_closed, spec
            FROM pool WHERE tenant_id = %s AND name = %s FOR NO KEY UPDATE""",
            (tenant, name),
        )
        return None if row is None else Stored(**row)

    async def save_pool(self, tenant: str, told: Told, feed: str, spec: ExecutionNodeSpec) -> None:
        """Store a pool."""
        await self._tx.execute(
            """INSERT INTO pool (tenant_id, name, uid, generation, feed, replicas, spec)
            VALUES (%s, %s, %s, %s, %s, %s, %s)
            ON CONFLICT (tenant_id, name) DO UPDATE SET uid = excluded.uid, closed_at = NULL,
                generation = excluded.generation, feed = excluded.feed,
                replicas = excluded.replicas, spec = excluded.spec""",
            (tenant, told.name, told.uid, told.generation, feed, spec.replicas, _text(spec)),
        )

    async def members(self, tenant: str, pool: str, replicas: int) -> list[MemberToken]:
        """Return the wanted members; tokens are made once and kept, others are not wanted."""
        for index in range(replicas):
            await self._tx.execute(
                """INSERT INTO member (tenant_id, token, pool, index, is_wanted)
                VALUES (%s, %s, %s, %s, true)
                ON CONFLICT (tenant_id, pool, index) DO UPDATE SET is_wanted = true""",
                (tenant, new_token(), pool, index),
            )
        await self._tx.execute(
            """UPDATE member SET is_wanted = false
            WHERE tenant_id = %s AND pool = %s AND index >= %s""",
            (tenant, pool, replicas),
        )
        rows = await self._tx.rows(
            """SELECT index, token FROM member WHERE tenant_id = %s AND pool = %s AND is_wanted
            ORDER BY index""",
            (tenant, pool),
        )
        return [MemberToken(row["index"], row["token"]) for row in rows]

    async def venue_feed(self, tenant: str, venue: str) -> str | None:
        """Return the feed of a tenant's venue; None: it has none of this name."""
        row = await self._tx.row("SELECT venues FROM tenant WHERE tenant_id = %s", (tenant,))
        for one in row["venues"] if row else ():
            if one["name"] == venue:
                return feed_id(VenueType(one["type"]), Environment(one["environment"]))
        return None

    async def open_at(self, tenant: str, venue: str, feed: str) -> int:
        """Return how many positions and orders of a venue's accounts of a feed are not over."""
        row = await self._tx.row(
            """WITH locked AS MATERIALIZED (
                SELECT id FROM exchange_account
                WHERE tenant_id = %(tenant)s AND venue = %(venue)s AND feed = %(feed)s
                ORDER BY id FOR NO KEY UPDATE)
            SELECT
                (SELECT count(*) FROM position p WHERE p.tenant_id = %(tenant)s
                    AND p.closed_at IS NULL AND p.account_id IN (SELECT id FROM locked))
                + (SELECT count(*) FROM orders o WHERE o.tenant_id = %(tenant)s
                    AND o.state <> ALL(%(terminal)s)
                    AND o.account_id IN (SELECT id FROM locked)) AS left_open""",
            {
                "tenant": tenant,
                "venue": venue,
                "feed": feed,
                "terminal": [state.value for state in TERMINAL_STATES],
            },
        )
        return 0 if row is None else int(row["left_open"])

    async def move_venue(self, tenant: str, venue: str, feed: str) -> None:
        """Have the pools of a venue serve another feed, and unbind accounts of all others."""
        await self._tx.execute(
            """WITH gone AS (
                UPDATE exchange_account SET state = 'unbound', member_token = NULL,
                    key_hash = id::text
                WHERE tenant_id = %(tenant)s AND venue = %(venue)s AND feed <> %(feed)s
                    AND state <> 'unbound' RETURNING id)
            UPDATE subscription SET is_open = false
            WHERE tenant_id = %(tenant)s AND account_id IN (SELECT id FROM gone)""",
            {"tenant": tenant, "venue": venue, "feed": feed},
        )
        await self._tx.execute(
            "UPDATE pool SET feed = %s WHERE tenant_id = %s AND spec ->> 'venue' = %s",
            (feed, tenant, venue),
        )

    async def listed(self, feed: str) -> frozenset[str]:
        """Return the symbols that a feed's venue lists; empty: it was not asked yet."""
        rows = await self._tx.rows("SELECT symbol FROM instrument WHERE feed = %s", (feed,))
        return frozenset(row["symbol"] for row in rows)

    async def generations(self) -> dict[str, str]:
        """Return `kind/tenant/name` → `uid/generation` of everything that has not ended.

        Of a tenant's merchant keys it is the one that is not retired: its id and generation.
        """
        rows = await self._tx.rows(
            """SELECT 'Tenant/' || tenant_id AS name, uid, generation FROM tenant
            WHERE closed_at IS NULL
            UNION ALL SELECT 'Strategy/' || tenant_id || '/' || name, uid, generation FROM strategy
            WHERE closed_at IS NULL
            UNION ALL SELECT 'ExecutionNode/' || tenant_id || '/' || name, uid, generation
            FROM pool WHERE closed_at IS NULL
            UNION ALL (
                SELECT DISTINCT ON (tenant_id) 'MerchantKey/' || tenant_id, key_id, generation
                FROM merchant_key WHERE expires_at IS NULL ORDER BY tenant_id, generation DESC
            )"""
        )
        return {row["name"]: f"{row['uid']}/{row['generation']}" for row in rows}


def _text(spec: Spec) -> str:
    return spec.model_dump_json(by_alias=True)
