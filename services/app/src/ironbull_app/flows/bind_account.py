"""Bind an exchange account to a user: its keys are sealed here and never come back (C-U5)."""

import hashlib
from dataclasses import dataclass
from uuid import uuid4

from ironbull_app.flows.fleet_grant import context
from ironbull_app.ports.people import NewAccount, PeopleStore
from ironbull_kit.seal import KeyRing
from ironbull_messages.fleet import Credentials
from ironbull_messages.ids import ExchangeAccountId
from ironbull_messages.problems import Code, Problem


@dataclass(frozen=True, slots=True)
class Binding:
    """What a tenant sends to bind an account."""

    venue: str
    label: str
    credentials: Credentials


async def bind_account(
    store: PeopleStore, keys: KeyRing, user: str, binding: Binding
) -> ExchangeAccountId:
    """Store an account, to be checked by a member before it trades.

    Raises:
        Problem: `not_found`, `user_not_active`, `venue_unknown`, `account_taken`.
    """
    person = await store.find(user)
    if person is None:
        raise Problem(Code.NOT_FOUND, f"user {user!r}")
    if not person.is_active:
        raise Problem(Code.USER_NOT_ACTIVE, f"user {user!r}")
    feed = await store.venue_feed(binding.venue)
    if feed is None:
        raise Problem(Code.VENUE_UNKNOWN, f"venue {binding.venue!r}")
    account = ExchangeAccountId(uuid4())
    envelope = keys.seal(binding.credentials.to_bytes(), context(store.tenant, account))
    digest = hashlib.sha256(f"{feed} {binding.credentials.api_key}".encode()).hexdigest()
    new = NewAccount(account, person.id, binding.venue, feed, binding.label, envelope, digest)
    if not await store.add_account(new):
        raise Problem(
            Code.ACCOUNT_TAKEN, f"these keys of venue {binding.venue!r} are bound already"
        )
    return account
