"""SQL of users, accounts, points and subscriptions within one tenant."""

from typing import Final, LiteralString
from uuid import UUID

from ironbull_app.db.repositories import ledger
from ironbull_app.db.unit_of_work import Tx
from ironbull_app.ports.people import NewAccount, NewSubscription, Person
from ironbull_core.ledger import Request, Verdict
from ironbull_messages.ids import UserId
from ironbull_messages.words import Environment, VenueType, feed_id

_PERSON: Final = "SELECT id, path, is_active FROM users WHERE tenant_id = %(tenant)s AND "


class PeopleStore:
    """One transaction within one tenant."""

    def __init__(self, tx: Tx, tenant: str) -> None:
        self._tx = tx
        self.tenant = tenant

    async def root(self) -> Person:
        """Return the tenant's root user."""
        found = await self._person("is_root", None)
        if found is None:
            raise LookupError(f"tenant {self.tenant} has no root user")
        return found

    async def by_invite_code(self, code: str) -> Person | None:
        """Return the user who invites with this code; None: nobody."""
        return await self._person("invite_code = %(value)s", code)

    async def find(self, reference: str) -> Person | None:
        """Return a user by id or e-mail; None: there is none."""
        if "@" in reference:
            return await self._person("email = %(value)s", reference.lower())
        user = _uuid(reference)
        return None if user is None else await self._person("id = %(value)s", user)

    async def add_user(self, user: UserId, email: str, invite_code: str, inviter: Person) -> bool:
        """Store a user below the inviter; False: the e-mail or the code is taken."""
        count = await self._tx.execute(
            """INSERT INTO users (tenant_id, id, email, invite_code, inviter_id, path)
            VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING""",
            (self.tenant, user, email, invite_code, inviter.id, [*inviter.path, inviter.id]),
        )
        return count == 1

    async def venue_feed(self, venue: str) -> str | None:
        """Return the feed of a venue of the tenant's; None: it has none of this name."""
        row = await self._tx.row(
            """SELECT v ->> 'type' AS type, v ->> 'environment' AS environment
            FROM tenant, jsonb_array_elements(venues) v
            WHERE tenant_id = %s AND v ->> 'name' = %s""",
            (self.tenant, venue),
        )
        if row is None:
            return None
        return feed_id(VenueType(row["type"]), Environment(row["environment"]))

    async def add_account(self, account: NewAccount) -> bool:
        """Store an exchange account; False: these keys are bound already."""
        envelope = account.envelope
        count = await self._tx.execute(
            """INSERT INTO exchange_account (tenant_id, id, user_id, venue, feed, label, state,
                key_version, wrapped_key, sealed, key_hash)
            VALUES (%s, %s, %s, %s, %s, %s, 'pending_check', %s, %s, %s, %s)
            ON CONFLICT DO NOTHING""",
            (
                *(self.tenant, account.id, account.user_id, account.venue, account.feed),
                *(account.label, envelope.key_version, envelope.wrapped_key, envelope.sealed),
                account.key_hash,
            ),
        )
        return count == 1

    async def account_of(self, user: UserId, account: UUID) -> bool:
        """Say whether the account is this user's and not unbound."""
        row = await self._tx.row(
            """SELECT 1 FROM exchange_account
            WHERE tenant_id = %s AND id = %s AND user_id = %s AND state <> 'unbound'""",
            (self.tenant, account, user),
        )
        return row is not None

    async def has_strategy(self, strategy: str) -> bool:
        """Say whether the tenant has the strategy."""
        row = await self._tx.row(
            "SELECT 1 FROM strategy WHERE tenant_id = %s AND name = %s AND closed_at IS NULL",
            (self.tenant, strategy),
        )
        return row is not None

    async def trades_alike(self, account: UUID, strategy: str) -> bool:
        """Say whether an account is of the kind of venue, and of money, that a strategy trades."""
        row = await self._tx.row(
            """SELECT 1 FROM exchange_account a
            JOIN strategy s ON s.tenant_id = a.tenant_id AND s.feed = a.feed
            WHERE a.tenant_id = %s AND a.id = %s AND s.name = %s""",
            (self.tenant, account, strategy),
        )
        return row is not None

    async def add_subscription(self, subscription: NewSubscription) -> bool:
        """Store or reopen a subscription; False: it is open already."""
        count = await self._tx.execute(
            """INSERT INTO subscription AS s (tenant_id, id, user_id, account_id, strategy,
                capital_usdt, leverage, risk_mode, max_loss_usdt, ratio_percent)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
            ON CONFLICT (tenant_id, account_id, strategy) DO UPDATE SET is_open = true,
                capital_usdt = excluded.capital_usdt, leverage = excluded.leverage,
                risk_mode = excluded.risk_mode, max_loss_usdt = excluded.max_loss_usdt,
                ratio_percent = excluded.ratio_percent
            WHERE NOT s.is_open""",
            (
                *(self.tenant, subscription.id, subscription.user_id, subscription.account_id),
                *(subscription.strategy, subscription.capital_usdt, subscription.leverage),
                *(subscription.risk_mode, subscription.max_loss_usdt, subscription.ratio_percent),
            ),
        )
        return count == 1

    async def close_subscription(self, subscription: UUID) -> bool:
        """Close a subscription; False: there is none."""
        count = await self._tx.execute(
            "UPDATE subscription SET is_open = false WHERE tenant_id = %s AND id = %s",
            (self.tenant, subscription),
        )
        return count == 1

    async def set_market_node(self, user: UserId, *, is_node: bool) -> None:
        """Set whether a user may earn level-difference and peer rewards (C-U10)."""
        await self._tx.execute(
            "UPDATE users SET is_market_node = %s WHERE tenant_id = %s AND id = %s",
            (is_node, self.tenant, user),
        )

    async def post(self, request: Request) -> Verdict:
        """Post one ledger request."""
        book = await ledger.open_book(self._tx, [leg.account for leg in request.legs], [request.id])
        verdict = book.post(request)
        await ledger.write(self._tx, book, None)
        return verdict

    async def _person(self, condition: LiteralString, value: UUID | str | None) -> Person | None:
        query: LiteralString = _PERSON + condition
        row = await self._tx.row(query, {"tenant": self.tenant, "value": value})
        if row is None:
            return None
        return Person(UserId(row["id"]), tuple(row["path"]), row["is_active"])


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
