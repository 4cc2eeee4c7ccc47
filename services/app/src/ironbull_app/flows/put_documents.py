"""Take what a document says: an older generation is refused, the same one again is taken again.

The same generation may come with other values without anybody having edited anything: a newer
definition of the resource brings new defaults (Kubernetes applies them when it reads). So the last
one counts, and the same words change nothing.

A name that ended may come again, as another object of the same tenant; it goes on where the old one
ended, since rows of the ledger and their causes are kept by these names:

* a strategy goes on with its history and its kill switch, and nobody follows it: whoever subscribed
  subscribed to what it was;
* a pool goes on with the tokens of its members, whose journals stayed too, on the same venue alone:
  a journal of one venue must never answer for orders of another;
* a venue that becomes Live takes its pools along, and lets its Paper accounts go: their users bind
  accounts with real money anew;
* a tenant that was retained goes on with its users, accounts and ledger. One whose people were
  erased does not come back: its books stay closed under its name, so a new one needs another.
"""

from typing import Final

from ironbull_app.flows.kill_switches import trip_by_document
from ironbull_app.ports.documents import DocumentStore, MemberToken, Stored, Told
from ironbull_app.ports.kill_switches import KillSwitchStore, SwitchEvent
from ironbull_messages.base import MAX_TEXT
from ironbull_messages.problems import Code, FieldError, Problem
from ironbull_messages.refusals import Refusal
from ironbull_messages.resources import ExecutionNodeSpec, StrategySpec, TenantSpec, Venue
from ironbull_messages.resources.parts import RuledSpec
from ironbull_messages.words import DesiredState, Environment, KillSwitch, Mode, feed_id
from ironbull_strategies import registry

MAX_SHOWN: Final = 10
"""Symbols named in an error."""


async def put_tenant(store: DocumentStore, told: Told, spec: TenantSpec) -> str:
    """Store a tenant with its root user; return its engine's token.

    Raises:
        Problem: `name_taken`, `generation_stale`, `document_invalid`.
    """
    stored = await store.tenant(told.name)
    _check(told, stored)
    _check_change(told, stored, spec)
    live = await _become_live(store, told.name, spec)
    token = await store.save_tenant(told, spec)
    for venue in live:
        await store.move_venue(told.name, venue.name, feed_id(venue.type, venue.environment))
    return token


async def put_strategy(
    store: DocumentStore,
    switches: KillSwitchStore,
    tenant: str,
    told: Told,
    spec: StrategySpec,
) -> SwitchEvent | None:
    """Store a strategy; its class, parameters and symbols are checked here.

    One that no longer runs opens nothing more, not even what waits for a close already.

    Returns:
        How its kill switch is since; None: it was never tripped.

    Raises:
        Problem: `no_tenant`, `venue_unknown`, `strategy_class_unknown`, `document_invalid`,
            `strategy_parameter_invalid`, `name_taken`, `generation_stale`.
    """
    registry.build(spec)
    feed = await _feed(store, tenant, spec.venue)
    _check_mode(spec, feed)
    _check_symbols(spec, feed, await store.listed(feed))
    stored = await store.strategy(tenant, told.name)
    _check(told, stored)
    _check_change(told, stored, spec)
    await store.save_strategy(tenant, told, feed, spec)
    if spec.desired_state is not DesiredState.RUNNING:
        await switches.stop_openings(tenant, told.name, Refusal.STRATEGY_NOT_RUNNING)
    if spec.kill_switch is KillSwitch.TRIPPED:
        return await trip_by_document(switches, tenant, told)
    found = await switches.lock(tenant, told.name)
    return None if found is None else found.newest


async def put_node(
    store: DocumentStore, tenant: str, told: Told, spec: ExecutionNodeSpec
) -> list[MemberToken]:
    """Store a pool; return its members with their tokens.

    Raises:
        Problem: `no_tenant`, `venue_unknown`, `name_taken`, `generation_stale`,
            `document_invalid`.
    """
    feed = await _feed(store, tenant, spec.venue)
    stored = await store.pool(tenant, told.name)
    _check(told, stored)
    if stored is not None and stored.uid != told.uid and stored.feed != feed:
        why = f"members of pool {told.name!r} keep journals of {stored.feed}, and this is {feed}"
        raise Problem(Code.NAME_TAKEN, why)
    _check_change(told, stored, spec)
    await store.save_pool(tenant, told, feed, spec)
    return await store.members(tenant, told.name, spec.replicas)


async def _feed(store: DocumentStore, tenant: str, venue: str) -> str:
    stored = await store.tenant(tenant)
    if stored is None or stored.is_closed:
        raise Problem(Code.NO_TENANT, f"tenant {tenant!r}")
    feed = await store.venue_feed(tenant, venue)
    if feed is None:
        wrong = FieldError(field="spec.venue", message=f"tenant {tenant!r} has no venue {venue!r}")
        raise Problem(Code.VENUE_UNKNOWN, wrong.message, (wrong,))
    return feed


async def _become_live(store: DocumentStore, tenant: str, spec: TenantSpec) -> list[Venue]:
    """Return the venues that trade invented money until now and real money from now on.

    What is open of the invented kind must be over: nobody would serve those accounts any more.
    """
    found = []
    for venue in spec.venues:
        if venue.environment is not Environment.LIVE:
            continue
        paper = feed_id(venue.type, Environment.PAPER)
        if await store.venue_feed(tenant, venue.name) != paper:
            continue
        if left := await store.open_at(tenant, venue.name, paper):
            why = (
                f"venue {venue.name} cannot become Live while its Paper accounts have open"
                f" positions and orders ({left}): set desiredState of its strategies to Paused,"
                " have these closed, and it becomes Live"
            )
            wrong = FieldError(field="spec.venues", message=why)
            raise Problem(Code.DOCUMENT_INVALID, why, (wrong,))
        found.append(venue)
    return found


def _check_mode(spec: StrategySpec, feed: str) -> None:
    """Refuse a strategy whose money is of another kind than its venue's."""
    if feed.endswith(f"-{spec.mode.lower()}"):
        return
    other = Mode.PAPER if spec.mode is Mode.LIVE else Mode.LIVE
    why = f"mode {spec.mode} cannot trade on venue {spec.venue}, whose environment is {other}: " + (
        "make the Tenant's venue Live first"
        if spec.mode is Mode.LIVE
        else "set mode to Live, or name another venue in a Strategy of another name"
    )
    raise Problem(Code.DOCUMENT_INVALID, why, (FieldError(field="spec.mode", message=why),))


def _check_symbols(spec: StrategySpec, feed: str, listed: frozenset[str]) -> None:
    strange = [symbol for symbol in spec.symbols if symbol not in listed]
    if not listed or not strange:
        return
    found = f"{feed} does not list {', '.join(strange[:MAX_SHOWN])}"
    known = f"it lists {', '.join(sorted(listed)[:MAX_SHOWN])}"
    wrong = FieldError(field="spec.symbols", message=f"{found}; {known}"[:512])
    raise Problem(Code.DOCUMENT_INVALID, wrong.message, (wrong,))


def _check_change(told: Told, stored: Stored | None, spec: RuledSpec) -> None:
    """Refuse what the same object may never become; Kubernetes did so before, with all rules.

    Of several quick changes only the last is told here, so a rule about a state in between is not
    asked. Another object of the same name begins anew.
    """
    if stored is None or stored.spec is None or stored.uid != told.uid:
        return
    broken = [
        FieldError(field=one.field, message=one.message[:MAX_TEXT])
        for one in spec.broken_as_change_of(type(spec).stored(stored.spec))
        if one.rule.is_lasting
    ]
    if broken:
        words = "; ".join(f"{one.field}: {one.message}" for one in broken)
        raise Problem(Code.DOCUMENT_INVALID, words, tuple(broken))


def _check(told: Told, stored: Stored | None) -> None:
    if stored is None:
        return
    if stored.is_erased:
        why = f"{told.name!r} was deleted with its people, and its books stay closed under the name"
        raise Problem(Code.NAME_TAKEN, why)
    if stored.uid != told.uid:
        if not stored.is_closed:
            raise Problem(Code.NAME_TAKEN, f"{told.name!r} belongs to uid {stored.uid}")
        return
    if stored.generation > told.generation:
        newer = f"generation {stored.generation} is stored, {told.generation} is older"
        raise Problem(Code.GENERATION_STALE, newer)
