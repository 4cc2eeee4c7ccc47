"""What must a member know now? Leases, switches, readings that are wanted, tasks in question."""

from datetime import datetime, timedelta
from typing import Final

from ironbull_app.db.repositories import kill_switches
from ironbull_app.db.unit_of_work import Tx
from ironbull_app.ports.fleet import MAX_ACCOUNTS
from ironbull_messages.base import MAX_ACCOUNTS_PER_MESSAGE
from ironbull_messages.fleet import Control, HeldAccount, Kill, SyncRequest
from ironbull_messages.ids import StrategyName
from ironbull_messages.subjects import MemberSubject

ASK_AFTER: Final = timedelta(seconds=10)
CONFIRM_FOR: Final = timedelta(seconds=60)
MAX_TASKS: Final = 500


async def read(tx: Tx, who: MemberSubject, now: datetime) -> Control:
    """Return the member's newest snapshot."""
    member = (who.tenant, who.token)
    state = await tx.row(
        """SELECT s.control_version, t.is_active, m.is_wanted
           FROM platform_state s, member m JOIN tenant t ON t.tenant_id = m.tenant_id
           WHERE m.tenant_id = %s AND m.token = %s""",
        member,
    )
    if state is None:
        raise LookupError(f"no member {who.token} of {who.tenant}")
    accounts = await tx.rows(
        """SELECT id, epoch, sync_wanted_at FROM exchange_account
           WHERE tenant_id = %s AND member_token = %s AND state <> 'unbound'
           ORDER BY id LIMIT %s""",
        (*member, MAX_ACCOUNTS),
    )
    tasks = await tx.rows(
        """SELECT id, done_at IS NOT NULL AS is_done FROM task
           WHERE tenant_id = %s AND token = %s
             AND (done_at > %s OR (done_at IS NULL AND last_sent_at < %s))
           ORDER BY last_sent_at DESC LIMIT %s""",
        (*member, now - CONFIRM_FOR, now - ASK_AFTER, MAX_TASKS),
    )
    held = tuple(HeldAccount(account_id=row["id"], epoch=row["epoch"]) for row in accounts)
    return Control(
        version=state["control_version"],
        accounts=held,
        kills=await _kills(tx, who.tenant, is_active=state["is_active"]),
        sync=tuple(
            SyncRequest(account_id=row["id"], requested_at=row["sync_wanted_at"])
            for row in accounts
            if row["sync_wanted_at"] is not None
        ),
        confirmed=tuple(row["id"] for row in tasks if row["is_done"]),
        asked=tuple(row["id"] for row in tasks if not row["is_done"]),
        hand_back=() if state["is_wanted"] else tuple(one.account_id for one in held),
    )


async def _kills(tx: Tx, tenant: str, *, is_active: bool) -> tuple[Kill, ...]:
    """Return the tripped switches; more than a snapshot can name stop the whole tenant."""
    found = await kill_switches.tripped(tx, tenant, MAX_ACCOUNTS_PER_MESSAGE + 1)
    if not is_active or len(found) > MAX_ACCOUNTS_PER_MESSAGE:
        return (Kill(scope="tenant"),)
    return tuple(Kill(scope="strategy", strategy=StrategyName(name)) for name in found)
