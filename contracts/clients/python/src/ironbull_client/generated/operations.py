"""What can a tenant ask of the merchant API?

Rendered by `make generate`; change the API's routes and bodies instead.
"""

from abc import ABC, abstractmethod
from typing import Any, Literal
from uuid import UUID

from ironbull_client.call import Amount, Answer, Call, fresh_key, segment
from ironbull_client.generated import models


class Operations(ABC):
    """One method per operation; what is left out is the platform's default."""

    @abstractmethod
    def send(self, call: Call[Answer]) -> Answer:
        """Send a call and return its answer."""

    def get_balances(self) -> models.Balances:
        """Show the tenant's stock and its users' point cards and rewards."""
        return self.send(Call("GET", "/v1/balances", models.Balances))

    def list_orders(self, *, cursor: str | None = None, limit: int | None = None) -> models.Listing:
        """List orders."""
        return self.send(
            Call("GET", "/v1/orders", models.Listing, query={"cursor": cursor, "limit": limit})
        )

    def list_positions(
        self, *, cursor: str | None = None, limit: int | None = None
    ) -> models.Listing:
        """List positions, open and closed."""
        return self.send(
            Call("GET", "/v1/positions", models.Listing, query={"cursor": cursor, "limit": limit})
        )

    def list_signals(
        self, *, cursor: str | None = None, limit: int | None = None
    ) -> models.Listing:
        """List signals, each with its orders or its refusals and their numbers."""
        return self.send(
            Call("GET", "/v1/signals", models.Listing, query={"cursor": cursor, "limit": limit})
        )

    def list_strategies(self) -> models.Listing:
        """List the tenant's strategies."""
        return self.send(Call("GET", "/v1/strategies", models.Listing))

    def delete_subscription(self, subscription: UUID | str) -> models.Done:
        """Close a subscription; an open position keeps its stops and closes by signal."""
        return self.send(Call("DELETE", f"/v1/subscriptions/{segment(subscription)}", models.Done))

    def list_trades(self, *, cursor: str | None = None, limit: int | None = None) -> models.Listing:
        """List closed round trips with what they were charged."""
        return self.send(
            Call("GET", "/v1/trades", models.Listing, query={"cursor": cursor, "limit": limit})
        )

    def list_users(self, *, cursor: str | None = None, limit: int | None = None) -> models.Listing:
        """List users, newest first."""
        return self.send(
            Call("GET", "/v1/users", models.Listing, query={"cursor": cursor, "limit": limit})
        )

    def create_user(
        self, *, email: str, invite_code: str | None = None, idempotency_key: str | None = None
    ) -> models.UserCreated:
        """Create a user."""
        return self.send(
            Call(
                "POST",
                "/v1/users",
                models.UserCreated,
                body={"email": email, "invite_code": invite_code},
                idempotency_key=idempotency_key or fresh_key(),
            )
        )

    def get_user(self, user: UUID | str) -> dict[str, Any]:
        """Show a user with team counts."""
        return self.send(Call("GET", f"/v1/users/{segment(user)}", dict[str, Any]))

    def list_accounts(self, user: UUID | str) -> models.Listing:
        """List a user's exchange accounts; keys never come back."""
        return self.send(Call("GET", f"/v1/users/{segment(user)}/accounts", models.Listing))

    def create_account(
        self,
        user: UUID | str,
        *,
        api_key: str,
        api_secret: str,
        label: str,
        venue: str,
        passphrase: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.AccountBound:
        """Bind an exchange account."""
        return self.send(
            Call(
                "POST",
                f"/v1/users/{segment(user)}/accounts",
                models.AccountBound,
                body={
                    "api_key": api_key,
                    "api_secret": api_secret,
                    "label": label,
                    "venue": venue,
                    "passphrase": passphrase,
                },
                idempotency_key=idempotency_key or fresh_key(),
            )
        )

    def set_market_node(self, user: UUID | str, *, is_market_node: bool) -> models.Done:
        """Set whether a user may earn level-difference and peer rewards."""
        return self.send(
            Call(
                "PUT",
                f"/v1/users/{segment(user)}/market-node",
                models.Done,
                body={"is_market_node": is_market_node},
            )
        )

    def create_recharge(
        self,
        user: UUID | str,
        *,
        amount: Amount,
        kind: Literal["self", "gift"],
        idempotency_key: str | None = None,
    ) -> models.Recharged:
        """Recharge a user's point cards from the tenant's stock."""
        return self.send(
            Call(
                "POST",
                f"/v1/users/{segment(user)}/recharges",
                models.Recharged,
                body={"amount": amount, "kind": kind},
                idempotency_key=idempotency_key or fresh_key(),
            )
        )

    def list_subscriptions(self, user: UUID | str) -> models.Listing:
        """List a user's subscriptions."""
        return self.send(Call("GET", f"/v1/users/{segment(user)}/subscriptions", models.Listing))

    def create_subscription(
        self,
        user: UUID | str,
        *,
        account_id: UUID | str,
        strategy: str,
        capital_usdt: Amount | None = None,
        leverage: int | None = None,
        max_loss_usdt: Amount | None = None,
        ratio_percent: int | None = None,
        risk_mode: Literal["Conservative", "Balanced", "Aggressive"] | None = None,
        idempotency_key: str | None = None,
    ) -> models.Subscribed:
        """Let an account follow a strategy."""
        return self.send(
            Call(
                "POST",
                f"/v1/users/{segment(user)}/subscriptions",
                models.Subscribed,
                body={
                    "account_id": account_id,
                    "strategy": strategy,
                    "capital_usdt": capital_usdt,
                    "leverage": leverage,
                    "max_loss_usdt": max_loss_usdt,
                    "ratio_percent": ratio_percent,
                    "risk_mode": risk_mode,
                },
                idempotency_key=idempotency_key or fresh_key(),
            )
        )
