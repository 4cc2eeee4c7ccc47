"""What is wrong right now, that a person should hear of? Each trouble names its subject."""

from dataclasses import dataclass
from typing import Final, LiteralString

from ironbull_app.db.queries import drift
from ironbull_app.db.unit_of_work import Tx

MAX_ROWS: Final = 100
"""Of one kind."""
UNPROTECTED_SECONDS: Final = 5
UNKNOWN_SECONDS: Final = 10
MISSING_FILL_SECONDS: Final = 10
STALE_PRICE_SECONDS: Final = 10
UNSENT_SECONDS: Final = 30
UNSERVED_SECONDS: Final = 30


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong; `tenant` is empty where it is the platform's own."""

    kind: str
    tenant: str
    subject: str
    detail: str


async def find(tx: Tx) -> list[Trouble]:
    """Return everything that is wrong; recomputes all sums, so it is not for every second."""
    found = [one for kind in KINDS for one in await of_kind(tx, kind)]
    drifts = [
        Trouble("drift", one.tenant, f"{one.check} {one.subject}", f"{one.stored} ≠ {one.computed}")
        for one in await drift.find(tx)
    ]
    return found + drifts


async def of_kind(tx: Tx, kind: str) -> list[Trouble]:
    """Return the troubles of one kind, at most `MAX_ROWS`; recomputes nothing."""
    statement, seconds = KINDS[kind]
    rows = await tx.rows(
        statement, {"seconds": seconds, "stale": STALE_PRICE_SECONDS, "rows": MAX_ROWS}
    )
    return [Trouble(kind, row["tenant_id"], row["subject"], row["detail"]) for row in rows]


KINDS: Final[dict[str, tuple[LiteralString, int]]] = {
    "unknown": (
        """SELECT tenant_id, 'order ' || id AS subject, 'unknown for '
            || floor(extract(epoch FROM now() - updated_at)) || ' s on ' || symbol AS detail
        FROM orders WHERE state = 'unknown'
            AND updated_at < now() - make_interval(secs => %(seconds)s)
        ORDER BY updated_at LIMIT %(rows)s""",
        UNKNOWN_SECONDS,
    ),
    "missing_fills": (
        """SELECT tenant_id, 'order ' || id AS subject, 'the venue filled ' || filled_quantity
            || ', its trades say ' || booked_quantity AS detail
        FROM orders WHERE filled_quantity > booked_quantity
            AND updated_at < now() - make_interval(secs => %(seconds)s)
        ORDER BY updated_at LIMIT %(rows)s""",
        MISSING_FILL_SECONDS,
    ),
    "unprotected": (
        """SELECT p.tenant_id, 'position ' || p.id AS subject, p.symbol
            || CASE WHEN r.at IS NULL OR r.at < now() - make_interval(secs => %(stale)s)
                THEN ' has no fresh price' ELSE ' is beyond its stop and no close is under way' END
            AS detail
        FROM position p
        JOIN exchange_account a ON a.tenant_id = p.tenant_id AND a.id = p.account_id
        LEFT JOIN price r ON r.feed = a.feed AND r.symbol = p.symbol
        WHERE p.closed_at IS NULL AND p.stop_loss IS NOT NULL
            AND p.opened_at < now() - make_interval(secs => %(seconds)s)
            AND (r.at IS NULL OR r.at < now() - make_interval(secs => %(stale)s) OR (
                CASE p.leg WHEN 'LONG' THEN r.last <= p.stop_loss ELSE r.last >= p.stop_loss END
                AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.tenant_id = p.tenant_id
                    AND o.account_id = p.account_id AND o.symbol = p.symbol
                    AND o.action IN ('CLOSE', 'REDUCE')
                    AND o.updated_at > now() - make_interval(secs => %(seconds)s))))
        ORDER BY p.opened_at LIMIT %(rows)s""",
        UNPROTECTED_SECONDS,
    ),
    "silent_member": (
        """SELECT tenant_id, 'member ' || pool || '-' || index AS subject,
            coalesce('last heard ' || floor(extract(epoch FROM now() - last_beat_at)) || ' s ago',
                'never heard') AS detail
        FROM member WHERE is_wanted
            AND (lease_until IS NULL OR lease_until < now() - make_interval(secs => %(seconds)s))
        ORDER BY tenant_id, pool, index LIMIT %(rows)s""",
        0,
    ),
    "unserved": (
        """SELECT a.tenant_id, 'accounts of ' || a.feed AS subject,
            count(*) || ' have no member: nothing of theirs can open or close' AS detail
        FROM exchange_account a JOIN tenant t ON t.tenant_id = a.tenant_id AND t.is_active
        WHERE a.member_token IS NULL AND a.state <> 'unbound'
            AND a.created_at < now() - make_interval(secs => %(seconds)s)
        GROUP BY a.tenant_id, a.feed ORDER BY a.tenant_id, a.feed LIMIT %(rows)s""",
        UNSERVED_SECONDS,
    ),
    "venue_drift": (
        """SELECT tenant_id, 'account ' || account_id AS subject, symbol || ': the venue holds '
            || leg || ' ' || quantity || ', ours differs' AS detail
        FROM venue_position WHERE differs >= 2
            AND read_at < now() + make_interval(secs => %(seconds)s)
        ORDER BY tenant_id, account_id LIMIT %(rows)s""",
        0,
    ),
    "dead_task": (
        """SELECT '' AS tenant_id, consumer || ' ' || message_id AS subject, error AS detail
        FROM dead_task WHERE at < now() + make_interval(secs => %(seconds)s)
        ORDER BY at DESC LIMIT %(rows)s""",
        0,
    ),
    "unsent": (
        """SELECT tenant_id, subject, 'waits in the outbox since ' || created_at AS detail
        FROM outbox WHERE sent_at IS NULL
            AND created_at < now() - make_interval(secs => %(seconds)s)
        ORDER BY position LIMIT %(rows)s""",
        UNSENT_SECONDS,
    ),
}
"""Kind → what is looked for, and how old it must be in seconds."""
