"""Is this member alive? A beat extends its lease, takes back accounts and answers a snapshot."""

from datetime import datetime

from ironbull_app.flows.fleet_assign import assign_free
from ironbull_app.ports.fleet import BeginFleet, Member
from ironbull_messages.fleet import LEASE_SECONDS, Beat, BeatReply
from ironbull_messages.subjects import MemberSubject


async def keep_alive(
    begin: BeginFleet, who: MemberSubject, beat: Beat, now: datetime
) -> tuple[BeatReply, frozenset[str]]:
    """Extend a member's lease; also return the members whose snapshots have changed."""
    changed: frozenset[str] = frozenset()
    async with begin() as store:
        member = await store.member(who)
        why = refuse(member, who, beat)
        if member is None or why:
            return BeatReply(accepted=False, why=why, lease_seconds=0), changed
        await store.keep_beat(who, beat, now)
        freed = await store.hand_back(who, beat.handed_back) if beat.handed_back else 0
        if freed or not member.is_alive(now):
            changed = await assign_free(store, who.tenant, now, take_over=False)
        control = await store.control(who, now)
    reply = BeatReply(accepted=True, lease_seconds=LEASE_SECONDS, control=control)
    return reply, changed


def refuse(member: Member | None, who: MemberSubject, beat: Beat) -> str:
    """Return why a beat does not extend the lease; empty: it does."""
    if beat.token != who.token:
        return f"the beat of {who.token} names another token"
    if member is None:
        return f"no pool has a member {who.token}"
    if member.session_id != beat.session_id:
        return "another session of this member has begun"
    if member.journal_id != beat.journal_id:
        return "the journal is not the one of the hello"
    return ""
