"""Was PostgreSQL set back while venues went on? Then nothing that was sent is believed."""

from ironbull_app.ports.fleet import BeginFleet


async def keep_epoch(begin: BeginFleet) -> str:
    """Return the database's epoch.

    A new one fences all leases, makes sent orders UNKNOWN, and lets nothing be fresh until each
    account is reconciled.
    """
    async with begin() as store:
        epoch, is_another = await store.keep_database_epoch()
        if is_another:
            await store.distrust_all()
    return epoch
