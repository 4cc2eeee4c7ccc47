"""Let a user's account follow a strategy (C-T7)."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from ironbull_app.ports.people import NewSubscription, PeopleStore
from ironbull_messages.ids import ExchangeAccountId, SubscriptionId, derive
from ironbull_messages.problems import Code, Problem
from ironbull_messages.words import RiskMode


@dataclass(frozen=True, slots=True)
class Wish:
    """What a tenant sends to subscribe an account."""

    account_id: UUID
    strategy: str
    capital_usdt: Decimal
    leverage: int | None
    risk_mode: RiskMode | None
    max_loss_usdt: Decimal | None
    ratio_percent: int


async def subscribe(store: PeopleStore, user: str, wish: Wish) -> SubscriptionId:
    """Store a subscription, or open a closed one again.

    Raises:
        Problem: `not_found`, `strategy_unknown`, `venue_unknown`, `subscription_exists`.
    """
    person = await store.find(user)
    if person is None or not await store.account_of(person.id, wish.account_id):
        raise Problem(Code.NOT_FOUND, f"user {user!r} with account {wish.account_id}")
    if not await store.has_strategy(wish.strategy):
        raise Problem(Code.STRATEGY_UNKNOWN, f"strategy {wish.strategy!r}")
    if not await store.trades_alike(wish.account_id, wish.strategy):
        why = f"strategy {wish.strategy!r} does not trade on the venue of account {wish.account_id}"
        raise Problem(Code.VENUE_UNKNOWN, why)
    made = derive("subscription", store.tenant, str(wish.account_id), wish.strategy)
    new = NewSubscription(
        id=SubscriptionId(made),
        user_id=person.id,
        account_id=ExchangeAccountId(wish.account_id),
        strategy=wish.strategy,
        capital_usdt=wish.capital_usdt,
        leverage=wish.leverage,
        risk_mode=None if wish.risk_mode is None else wish.risk_mode.value,
        max_loss_usdt=wish.max_loss_usdt,
        ratio_percent=wish.ratio_percent,
    )
    if not await store.add_subscription(new):
        raise Problem(
            Code.SUBSCRIPTION_EXISTS, f"account {wish.account_id} follows {wish.strategy!r}"
        )
    return new.id
