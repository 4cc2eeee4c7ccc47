"""How do the members of a remote pool take part? Each from a bundle, and ready by its own hello."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from ironbull_kit.nats_users import Client, ClientKind
from ironbull_messages.launch import CREDS_FILE
from ironbull_operator import applying
from ironbull_operator.centre import Alive
from ironbull_operator.conditions import Verdict, ready, stalled, waiting
from ironbull_operator.desired.bundle import bundle_secret, start_line
from ironbull_operator.desired.platform import Outside, namespace_of
from ironbull_operator.desired.pool import Member
from ironbull_operator.installation import content
from ironbull_operator.kinds import SECRET, TENANT, Object, Ref
from ironbull_operator.kube import ConflictError
from ironbull_operator.reconcile.hands import Hands, Look
from ironbull_operator.reconcile.leaving import let_go
from ironbull_operator.reconcile.pool_facts import Pool, told

LOOK_EVERY: Final = timedelta(seconds=10)
"""Nothing in the cluster tells that a member elsewhere came or went."""


async def look_after(hands: Hands, pool: Pool) -> Look:
    """Keep a bundle for each member, tell who takes part, and cut off who should not any more."""
    outside = hands.platform.outside
    if outside is None:
        return Look(_no_way_in(), {})
    for member in pool.members:
        await _bundle(hands, pool, outside, member)
    heard = await hands.centre.members(pool.tenant, pool.ref.name)
    serving = frozenset(
        one.name for one in pool.members if (now := heard.get(one.token)) and now.is_alive
    )
    leaving = [row for row in pool.rows if row["name"] not in pool.names]
    staying = [row for row in leaving if _holds(heard, row)]
    # Those that still hand their accounts back are spoken to until they have done so.
    known = [row for row in pool.rows if row not in staying]
    await let_go(hands, pool.ref, pool.names, known)
    rows = [{**row, "isReady": False} for row in staying]
    status = {**told(pool, serving, rows), "selector": "", "image": "", "isAutoscaled": False}
    wakes = (Ref(TENANT, pool.tenant),) if status["members"] != pool.rows else ()
    return Look(_verdict(pool.members, serving, staying), status, wakes, LOOK_EVERY)


async def _bundle(hands: Hands, pool: Pool, outside: Outside, member: Member) -> None:
    place = namespace_of(pool.tenant)
    client = Client(ClientKind.MEMBER, pool.tenant, member.token)
    await hands.authority.issue(client, place, member.name)
    user = await hands.kube.get(Ref(SECRET, member.name, place))
    if user is None:
        raise ConflictError(f"Secret {place}/{member.name} went away while it was read")
    wanted = bundle_secret(
        hands.platform,
        outside,
        member,
        spec=pool.spec,
        venue=pool.venue,
        user=user,
        creds=content(user)[CREDS_FILE],
    )
    await applying.ensure(hands.kube, wanted)


async def staying(hands: Hands, pool: Ref, tenant: str, rows: Sequence[Object]) -> list[Object]:
    """Return those of the members that leave which still have accounts to hand back.

    Who is dead holds nothing that anybody waits for: its accounts move when its lease ends.
    """
    heard = await hands.centre.members(tenant, pool.name)
    return [row for row in rows if _holds(heard, row)]


def _holds(heard: Mapping[str, Alive], row: Object) -> bool:
    now = heard.get(row["token"])
    return now is not None and now.is_alive and now.accounts > 0


def _verdict(
    members: Sequence[Member], serving: frozenset[str], leaving: Sequence[Object]
) -> Verdict:
    missing = [one for one in members if one.name not in serving]
    if missing:
        names = ", ".join(one.name for one in missing)
        return waiting(
            "MembersAwaited",
            f"no hello from {names}; where {missing[0].name} should run: {start_line(missing[0])}",
        )
    if leaving:
        names = ", ".join(row["name"] for row in leaving)
        return waiting("MembersLeaving", f"still handing accounts back: {names}")
    return ready("Serving", f"{len(members)} of {len(members)} members said hello")


def _no_way_in() -> Verdict:
    return stalled(
        "NoOutsideAddress",
        "spec.location.remote: this installation tells no address at which members outside of the"
        " cluster reach NATS; give the chart's value nats.outside.url one",
    )
