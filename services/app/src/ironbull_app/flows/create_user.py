"""Create a user of a tenant, below the inviter or the tenant's root (C-U1)."""

import secrets
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from ironbull_app.ports.people import PeopleStore
from ironbull_messages.ids import UserId
from ironbull_messages.problems import Code, Problem

CODE_DIGITS: Final = 8
MAX_CODE_TRIES: Final = 15


@dataclass(frozen=True, slots=True)
class CreatedUser:
    """The new user's id and the code with which it invites."""

    id: UserId
    invite_code: str
    inviter_id: UserId


async def create_user(store: PeopleStore, email: str, invite_code: str | None) -> CreatedUser:
    """Store a new user.

    Raises:
        Problem: `inviter_unknown`, `email_taken`.
    """
    inviter = await store.root()
    if invite_code is not None:
        found = await store.by_invite_code(invite_code)
        if found is None:
            raise Problem(Code.INVITER_UNKNOWN, f"invite code {invite_code!r}")
        inviter = found
    if await store.find(email) is not None:
        raise Problem(Code.EMAIL_TAKEN, email)
    user = UserId(uuid4())
    for _ in range(MAX_CODE_TRIES):
        code = "".join(secrets.choice("0123456789") for _ in range(CODE_DIGITS))
        if await store.add_user(user, email, code, inviter):
            return CreatedUser(user, code, inviter.id)
    raise Problem(Code.EMAIL_TAKEN, email)
