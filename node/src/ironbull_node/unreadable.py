"""What may be told of a task that cannot be read? Never sent, where nobody else can have sent it.

Members of two versions share a pool: what one of them cannot read, another may have placed. Such a
task gets no claim; its order stays frozen until a member that can read it has looked. Pure.
"""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from ironbull_messages.refusals import Refusal
from ironbull_messages.result import Result
from ironbull_messages.subjects import MemberSubject
from ironbull_messages.words import OrderState


def claim(
    body: bytes, deliveries: int, journal_id: UUID, member: MemberSubject, at: datetime
) -> Result | None:
    """Return the claim that an unreadable task was never sent; None: that is not proved.

    Args:
        body: as it came.
        deliveries: how often JetStream delivered this message, this time included.
        journal_id: of the journal that is open here.
        member: who speaks.
        at: machine time.
    """
    try:
        raw = json.loads(body)
        if deliveries != 1 or not _is_first(raw, journal_id, member):
            return None
        return Result(
            task_id=raw["task_id"],
            order_id=raw["order_id"],
            account_id=raw["account_id"],
            tenant=member.tenant,
            token=member.token,
            epoch=raw["epoch"],
            journal_id=journal_id,
            attempt=0,
            seq=1,
            kind="unprocessable",
            state=OrderState.NOT_SENT,
            reason=Refusal.UNPROCESSABLE,
            at=at,
        )
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _is_first(raw: dict[str, Any], journal_id: UUID, member: MemberSubject) -> bool:
    """Say whether the words of the fresh rule are there and hold (see `fresh`)."""
    return (
        raw["fresh"] is True
        and raw["journal_id"] == str(journal_id)
        and (raw["tenant"], raw["token"]) == (member.tenant, member.token)
    )
