"""End what was deleted: rows stay, since the ledger and its causes name them.

Each is idempotent, and ends only the object with this uid: another one of the same name goes on.
A name that ended may come again in the same tenant; `put_documents` says how.
"""

from ironbull_app.ports.endings import EndingStore, Unresolved
from ironbull_messages.problems import Code, Problem


async def end_tenant(
    store: EndingStore, name: str, uid: str, *, is_erased: bool, is_forced: bool
) -> bool:
    """Close a tenant; return whether it was this one.

    Args:
        is_erased: its people are made unrecognisable too.
        is_forced: also with open positions and orders, which nobody looks after from then on.

    Raises:
        Problem: `unresolved_orders`, with the counts and the first of them.
    """
    stored = await store.tenant(name)
    if stored is None or stored.uid != uid:
        return False
    left = await store.unresolved(name)
    if not left.is_nothing and not is_forced:
        raise Problem(Code.UNRESOLVED_ORDERS, f"tenant {name!r}: {_told(left)}")
    await store.close_tenant(name)
    if is_erased:
        await store.erase_people(name)
    return True


def _told(left: Unresolved) -> str:
    first = left.shown[0]
    example = f"account {first.account_id}, {first.symbol}, {first.what}"
    return f"{left.positions} positions and {left.orders} orders are open, as {example}"
