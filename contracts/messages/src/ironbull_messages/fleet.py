"""How does a member of an execution node live with the centre? Hello, beat, grant, sync, renew.

All are request–reply but `Control`, which is also pushed. A member's lease is counted from the
instant at which the answered beat was *sent*, on its own monotonic clock (design: orders,
"Leases").
"""

from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import Field

from ironbull_messages.amounts import Amount, UnsignedAmount
from ironbull_messages.base import (
    MAX_ACCOUNTS_PER_MESSAGE,
    Epoch,
    Instant,
    Message,
    Name,
    Text,
    Token,
)
from ironbull_messages.ids import ExchangeAccountId, StrategyName, TaskId
from ironbull_messages.symbols import Symbol
from ironbull_messages.words import Environment, Leg, VenueType

BEAT_SECONDS: Final = 3.0
LEASE_SECONDS: Final = 15.0
MAX_TASKS_PER_MESSAGE: Final = 1_000
READS: Final = 2
"""Generation of tasks that members of this version read; those of the first know no `strategy`.

Messages are closed, so a member that was not rolled yet could read nothing of a newer one.
"""
Base64 = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]*={0,2}$", max_length=8_192)]
Seconds = Annotated[float, Field(ge=0, le=86_400)]


class Hello(Message):
    """A member introduces itself, once per start and after each reconnect."""

    v: Literal[1] = 1
    token: Token
    session_id: UUID
    """Made at each start; one live session per member."""
    journal_id: UUID
    """Made with the journal; a new one bumps epochs and makes dispatched orders UNKNOWN."""
    public_key: Base64
    """X25519, raw 32 bytes: grants are sealed to it. A changed key needs approval."""
    version: Text
    """Of the program, and after a plus which tasks it reads; see `told_version`."""


class HelloReply(Message):
    """The centre's answer; a refusal is told and is final for this session."""

    v: Literal[1] = 1
    accepted: bool
    why: Text = ""
    database_epoch: Annotated[str, Field(max_length=64)] = ""
    control: "Control | None" = None
    """None only when refused."""


class HeldAccount(Message):
    """An account and the epoch of its lease."""

    account_id: ExchangeAccountId
    epoch: Epoch


class Kill(Message):
    """One tripped kill switch; openings in its scope are not signed."""

    scope: Literal["platform", "tenant", "strategy", "account"]
    strategy: StrategyName | None = None
    account_id: ExchangeAccountId | None = None


class SyncRequest(Message):
    """Read balances and positions of one account now."""

    account_id: ExchangeAccountId
    requested_at: Instant


class Control(Message):
    """A versioned snapshot: what the member holds, what is forbidden. The newest wins."""

    v: Literal[1] = 1
    version: Annotated[int, Field(ge=0)]
    accounts: tuple[HeldAccount, ...] = Field(default=(), max_length=MAX_ACCOUNTS_PER_MESSAGE)
    """Exactly the accounts that this member leases; one that is missing was taken away."""
    kills: tuple[Kill, ...] = Field(default=(), max_length=MAX_ACCOUNTS_PER_MESSAGE)
    sync: tuple[SyncRequest, ...] = Field(default=(), max_length=MAX_ACCOUNTS_PER_MESSAGE)
    confirmed: tuple[TaskId, ...] = Field(default=(), max_length=MAX_TASKS_PER_MESSAGE)
    """Tasks whose outcome the centre has booked: the journal may forget them later."""
    asked: tuple[TaskId, ...] = Field(default=(), max_length=MAX_TASKS_PER_MESSAGE)
    """Tasks whose last result the centre wants again."""
    hand_back: tuple[ExchangeAccountId, ...] = Field(
        default=(), max_length=MAX_ACCOUNTS_PER_MESSAGE
    )
    """Accounts to give up as soon as nothing of theirs is being submitted."""


class Beat(Message):
    """A member is alive."""

    v: Literal[1] = 1
    token: Token
    session_id: UUID
    journal_id: UUID
    version: Text
    sent_at: Instant
    open_tasks: Annotated[int, Field(ge=0)]
    unknown_tasks: Annotated[int, Field(ge=0)]
    submitting_tasks: Annotated[int, Field(ge=0)]
    clock_offset_seconds: Annotated[float, Field(ge=-86_400, le=86_400)]
    """The venue's clock minus ours."""
    held: tuple[HeldAccount, ...] = Field(default=(), max_length=MAX_ACCOUNTS_PER_MESSAGE)
    """Accounts whose keys the member holds."""
    handed_back: tuple[HeldAccount, ...] = Field(default=(), max_length=MAX_ACCOUNTS_PER_MESSAGE)
    draining: bool = False
    """The member wants to give back everything and exit."""


class BeatReply(Message):
    """The lease is good for `lease_seconds` from the instant the beat was sent."""

    v: Literal[1] = 1
    accepted: bool
    why: Text = ""
    lease_seconds: Seconds = LEASE_SECONDS
    control: Control | None = None
    """None only when refused."""


class GrantRequest(Message):
    """Ask for the keys of leased accounts."""

    v: Literal[1] = 1
    token: Token
    session_id: UUID
    accounts: tuple[HeldAccount, ...] = Field(min_length=1, max_length=MAX_ACCOUNTS_PER_MESSAGE)


class Grant(Message):
    """One account's venue and its keys, sealed to the member.

    HPKE with X25519, HKDF-SHA256 and AES-256-GCM (RFC 9180).

    `info` of the seal is `grant_info(...)`; `signature` is the centre's Ed25519 over info and
    sealed bytes.
    """

    account_id: ExchangeAccountId
    epoch: Epoch
    venue: VenueType
    environment: Environment
    sealed: Base64
    """The JSON of `Credentials`, sealed."""
    signature: Base64


class GrantReply(Message):
    """Grants of those accounts that the member really leases; the others are left out."""

    v: Literal[1] = 1
    grants: tuple[Grant, ...] = Field(default=(), max_length=MAX_ACCOUNTS_PER_MESSAGE)


class Credentials(Message):
    """An exchange key as it is sealed; it exists in the clear only in a member's memory."""

    api_key: str = Field(min_length=1, max_length=512, repr=False)
    api_secret: str = Field(min_length=1, max_length=512, repr=False)
    passphrase: str = Field(default="", max_length=512, repr=False)


def told_version(program: str) -> str:
    """Return the version that a member tells: the program's, and which tasks it reads."""
    return f"{program}+{READS}"


def reads_of(version: str) -> int:
    """Return which generation of tasks a member reads that told this version."""
    _, _, told = version.partition("+")
    return int(told) if told.isdecimal() else 1


def grant_info(tenant: str, token: str, account_id: ExchangeAccountId, epoch: int) -> bytes:
    """Return the context that binds a sealed grant to node, account and epoch."""
    return f"ironbull-grant-1|{tenant}|{token}|{account_id}|{epoch}".encode()


class VenuePosition(Message):
    """A position as the venue tells it; zero quantity is flat and may be left out."""

    symbol: Symbol
    leg: Leg
    quantity: UnsignedAmount
    entry_price: UnsignedAmount
    unrealized_usdt: Amount


class AccountReport(Message):
    """One reading of one account at its venue. A failed reading says so and says nothing else."""

    account_id: ExchangeAccountId
    epoch: Epoch
    read_at: Instant
    failed: Text = ""
    """Empty: the reading succeeded."""
    venue_code: str | None = Field(default=None, max_length=64)
    wallet_usdt: Amount | None = None
    equity_usdt: Amount | None = None
    available_usdt: Amount | None = None
    positions: tuple[VenuePosition, ...] = Field(default=(), max_length=500)


class SyncReport(Message):
    """What a member read on request."""

    v: Literal[1] = 1
    token: Token
    session_id: UUID
    accounts: tuple[AccountReport, ...] = Field(max_length=MAX_ACCOUNTS_PER_MESSAGE)


class Accepted(Message):
    """A plain answer to a report."""

    v: Literal[1] = 1
    accepted: bool
    why: Text = ""


class RenewRequest(Message):
    """Ask for a new user JWT for the same nkey."""

    v: Literal[1] = 1
    token: Token
    public_key: Annotated[str, Field(pattern=r"^U[A-Z2-7]{55}$")]


class RenewReply(Message):
    """The new JWT, or why there is none."""

    v: Literal[1] = 1
    jwt: Annotated[str, Field(max_length=16_384)] = ""
    tenant: Name
    why: Text = ""


HelloReply.model_rebuild()
