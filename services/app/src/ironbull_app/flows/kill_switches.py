"""Trip a strategy's kill switch, or re-arm it: openings stop, stops and closes always go on.

Tripping takes effect in three places: no signal opens any more (the dispatcher reads the switch
under its accounts' locks, which tripping waits for), openings that wait are cancelled, and members
refuse to sign those that they hold already.
"""

from ironbull_app.ports.documents import Told
from ironbull_app.ports.kill_switches import Author, Guarded, KillSwitchStore, SwitchEvent
from ironbull_messages.problems import Code, FieldError, Problem
from ironbull_messages.refusals import Refusal

DOCUMENT = "document"


async def trip(
    store: KillSwitchStore, tenant: str, strategy: str, author: Author
) -> SwitchEvent | None:
    """Stop a strategy's openings; one that is tripped stays as it was tripped.

    Raises:
        Problem: `not_found`.
    """
    found = await _lock(store, tenant, strategy)
    return found.newest if found.is_tripped else await _trip(store, tenant, strategy, author)


async def trip_by_document(store: KillSwitchStore, tenant: str, told: Told) -> SwitchEvent | None:
    """Do what a stored strategy's newest document says, whatever else may be wrong with it.

    Returns:
        How the switch is since; None: it was never tripped.
    """
    found = await store.lock(tenant, told.name)
    if found is None:
        return None
    is_newest = found.uid == told.uid and found.generation <= told.generation
    if found.is_tripped or not is_newest:
        return found.newest
    why = f"spec.killSwitch is Tripped in generation {told.generation}"
    return await _trip(store, tenant, told.name, Author(DOCUMENT, why))


async def rearm(
    store: KillSwitchStore, tenant: str, strategy: str, author: Author
) -> SwitchEvent | None:
    """Let a strategy open again; one that is armed stays as it is.

    Raises:
        Problem: `not_found`, `kill_switch_in_document`.
    """
    found = await _lock(store, tenant, strategy)
    if found.document_trips:
        wrong = FieldError(field="spec.killSwitch", message="is Tripped; set it to Armed")
        name = f"Strategy {strategy!r} of tenant {tenant!r}"
        raise Problem(
            Code.KILL_SWITCH_IN_DOCUMENT, f"{name} says spec.killSwitch: Tripped", (wrong,)
        )
    if not found.is_tripped:
        return found.newest
    return await store.turn(tenant, strategy, author, is_tripped=False)


async def _lock(store: KillSwitchStore, tenant: str, strategy: str) -> Guarded:
    found = await store.lock(tenant, strategy)
    if found is None:
        raise Problem(Code.NOT_FOUND, f"strategy {strategy!r} of tenant {tenant!r}")
    return found


async def _trip(store: KillSwitchStore, tenant: str, strategy: str, author: Author) -> SwitchEvent:
    await store.stop_openings(tenant, strategy, Refusal.KILL_SWITCH)
    return await store.turn(tenant, strategy, author, is_tripped=True)
