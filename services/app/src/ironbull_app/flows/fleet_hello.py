"""May this member begin? The first hello records its key; a lost journal fences what was sent."""

from datetime import datetime

from ironbull_app.ports.fleet import BeginFleet, Member
from ironbull_messages.fleet import Hello, HelloReply
from ironbull_messages.subjects import MemberSubject


async def greet(
    begin: BeginFleet, who: MemberSubject, hello: Hello, database_epoch: str, now: datetime
) -> HelloReply:
    """Record a member's session and answer with its snapshot, or refuse it for good."""
    async with begin() as store:
        member = await store.member(who)
        why = refuse(member, who, hello)
        if member is None or why:
            return HelloReply(accepted=False, why=why)
        if member.journal_id is not None and member.journal_id != hello.journal_id:
            await store.distrust(who)
        if member.session_id is not None and member.session_id != hello.session_id:
            # What was delivered to the ended session would only come again after its ack wait.
            await store.make_due(who)
        await store.keep_session(who, hello)
        control = await store.control(who, now)
    return HelloReply(accepted=True, database_epoch=database_epoch, control=control)


def refuse(member: Member | None, who: MemberSubject, hello: Hello) -> str:
    """Return why a member may not begin; empty: it may.

    A new session of the same key ends the old one: a member that was killed starts at once, and
    the old session's next beat is refused.
    """
    if hello.token != who.token:
        return f"the hello of {who.token} names another token"
    if member is None:
        return f"no pool has a member {who.token}"
    if member.public_key is not None and member.public_key != hello.public_key:
        return "the member's key has changed; the platform's operator must approve the new one"
    return ""
