"""Bring the scenario onto a running platform: stock, users, accounts, cards, subscriptions."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

import psycopg

from ironbull_client import AsyncMerchant, MerchantProblem
from ironbull_local.demo import tally
from ironbull_local.demo.calls import Desk
from ironbull_local.demo.scenario import (
    CAPITAL_USDT,
    FOLLOWERS,
    STOCK_USDT,
    STRATEGIES,
    VENUE,
    Follower,
)
from ironbull_local.demo.tally import Tally
from ironbull_messages.problems import Code, Problem

READY_SECONDS: Final = 120.0
_POLL_SECONDS: Final = 0.3

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Doors:
    """Where the demo knocks."""

    merchants: dict[str, AsyncMerchant]
    staff: Desk
    exchange: Desk


async def bring(doors: Doors, tell: Tell) -> None:
    """Make everything that the scenario names; trading begins when it returns.

    Raises:
        Problem: something was refused, or is not ready in time.
    """
    try:
        await _bring(doors, tell)
    except MerchantProblem as problem:
        raise Problem(Code.PROCESS_FAILED, str(problem)) from problem


async def until_all_serve(counter: psycopg.AsyncConnection[Tally], tell: Tell) -> None:
    """Wait for every member, so that accounts spread over all of them from the first on."""
    deadline = time.monotonic() + READY_SECONDS
    while True:
        all_of = tally.total(await tally.read(counter))
        if all_of.members and all_of.serving_members == all_of.members:
            tell(f"{all_of.members} members of execution nodes serve")
            return
        if time.monotonic() >= deadline:
            told = f"{all_of.serving_members} of {all_of.members} members serve"
            raise Problem(Code.PROCESS_FAILED, f"after {READY_SECONDS:.0f} s {told}")
        await asyncio.sleep(_POLL_SECONDS)


async def _bring(doors: Doors, tell: Tell) -> None:
    for tenant in doors.merchants:
        for kind in ("self", "gift"):
            body = {"kind": kind, "amount": STOCK_USDT}
            await doors.staff.post(f"/v1/tenants/{tenant}/stock-ups", body, f"demo-stock-{kind}")
    tell(f"point cards in stock: {STOCK_USDT} self and gift for each tenant")
    accounts = await _people(doors)
    tell(f"{len(FOLLOWERS)} users invited, {len(accounts)} accounts bound")
    await _wait_until_ready(doors)
    tell("every account's keys were checked by a member")
    for follower in FOLLOWERS:
        await _subscribe(doors.merchants[follower.tenant], follower, accounts[follower.label])
    tell(f"{len(FOLLOWERS) * len(STRATEGIES)} subscriptions")


async def _people(doors: Doors) -> dict[str, UUID]:
    """Make users in the order of their inviting; return account ids by label."""
    codes: dict[str, str] = {}
    accounts: dict[str, UUID] = {}
    for one in FOLLOWERS:
        merchant = doors.merchants[one.tenant]
        made = await merchant.create_user(
            email=one.email,
            invite_code=codes[f"{one.tenant}-{one.inviter}"] if one.inviter else None,
            idempotency_key=f"demo-user-{one.name}",
        )
        codes[one.label] = made.invite_code
        await _endow(merchant, one)
        accounts[one.label] = await _bind(doors, one)
    return accounts


async def _endow(merchant: AsyncMerchant, one: Follower) -> None:
    if one.is_market_node:
        await merchant.set_market_node(one.email, is_market_node=True)
    cards: dict[Literal["self", "gift"], str] = {"self": one.points_self, "gift": one.points_gift}
    for kind, amount in cards.items():
        if amount != "0":
            once = f"demo-recharge-{one.name}-{kind}"
            await merchant.create_recharge(
                one.email, kind=kind, amount=amount, idempotency_key=once
            )


async def _bind(doors: Doors, one: Follower) -> UUID:
    opened = {"label": one.label, "balance": one.wallet_usdt}
    keys = await doors.exchange.post("/paper/v1/accounts", opened)
    bound = await doors.merchants[one.tenant].create_account(
        one.email,
        venue=VENUE,
        label=one.label,
        api_key=keys["api_key"],
        api_secret=keys["secret"],
        idempotency_key=f"demo-account-{one.name}",
    )
    return bound.id


async def _wait_until_ready(doors: Doors) -> None:
    deadline = time.monotonic() + READY_SECONDS
    waiting = list(FOLLOWERS)
    while waiting:
        states = {one.label: await _state(doors.merchants[one.tenant], one) for one in waiting}
        waiting = [one for one in waiting if states[one.label] != "ready"]
        if waiting and time.monotonic() >= deadline:
            told = ", ".join(f"{one.label} is {states[one.label]}" for one in waiting)
            raise Problem(Code.PROCESS_FAILED, f"not ready in {READY_SECONDS:.0f} s: {told}")
        await asyncio.sleep(_POLL_SECONDS if waiting else 0)


async def _state(merchant: AsyncMerchant, one: Follower) -> str:
    (account,) = (await merchant.list_accounts(one.email)).items
    return str(account["status"])


async def _subscribe(merchant: AsyncMerchant, one: Follower, account: UUID) -> None:
    for strategy in STRATEGIES:
        await merchant.create_subscription(
            one.email,
            account_id=account,
            strategy=strategy,
            capital_usdt=CAPITAL_USDT,
            idempotency_key=f"demo-subscription-{one.name}-{strategy}",
        )
