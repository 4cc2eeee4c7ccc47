"""A venue becomes Live once nothing of its invented money is open; nobody mixes the two."""

from typing import Any
from uuid import uuid4

import pytest
from fixtures.api_desk import STRATEGY_SPEC, VENUES, ApiDesk, Signer, code_of
from fixtures.rule_pairs.live import LIVE

from ironbull_app.db.unit_of_work import Database

LIVE_TENANT = {"displayName": "Acme", "venues": [{**VENUES[0], "environment": "Live"}]}
LIVE_STRATEGY = {**STRATEGY_SPEC, **LIVE}


async def put(api: ApiDesk, path: str, spec: Any, generation: int, uid: str = "uid-acme") -> Any:
    body = {"uid": uid, "generation": generation, "spec": spec}
    return await api.platform("PUT", f"/v1/tenants/{path}", body)


async def follow(api: ApiDesk, acme: Signer, user: str, account: str) -> Any:
    wish = {"account_id": account, "strategy": "trend", "capital_usdt": "100",
            "ratio_percent": 100}  # fmt: skip
    return await api.merchant(acme, "POST", f"/v1/users/{user}/subscriptions", wish)


@pytest.mark.usefixtures("acme")
async def test_a_strategy_trades_the_money_of_its_venue_alone(api: ApiDesk) -> None:
    early = await put(api, "acme/strategies/trend", LIVE_STRATEGY, 2)
    assert code_of(early) == "document_invalid"
    (wrong,) = early.json()["errors"]
    assert wrong["field"] == "spec.mode"
    assert "whose environment is Paper: make the Tenant's venue Live first" in wrong["message"]

    assert (await put(api, "acme", LIVE_TENANT, 2)).status_code == 200
    late = await put(api, "acme/strategies/trend", STRATEGY_SPEC, 3)
    assert "whose environment is Live: set mode to Live" in late.json()["detail"]
    assert (await put(api, "acme/strategies/trend", LIVE_STRATEGY, 4)).status_code == 200


async def test_a_venue_that_becomes_live_takes_its_pools_along_and_lets_paper_accounts_go(
    api: ApiDesk, acme: Signer, database: Database
) -> None:
    assert (await put(api, "acme/nodes/fast", {"venue": "main"}, 1, "pool")).status_code == 200
    user = (await api.user(acme))["id"]
    paper = await api.account(acme, user)
    assert (await follow(api, acme, user, paper)).status_code == 201
    assert (await put(api, "acme", LIVE_TENANT, 2)).status_code == 200
    async with database.platform() as tx:
        assert await tx.rows("SELECT feed FROM pool") == [{"feed": "binance-live"}]
        assert await tx.rows("SELECT state FROM exchange_account") == [{"state": "unbound"}]
        assert await tx.rows("SELECT is_open FROM subscription") == [{"is_open": False}]

    real = await api.account(acme, user)
    mixed = await follow(api, acme, user, real)
    assert code_of(mixed) == "venue_unknown"
    assert (await put(api, "acme/strategies/trend", LIVE_STRATEGY, 2)).status_code == 200
    assert (await follow(api, acme, user, real)).status_code == 201


async def test_a_venue_with_open_paper_positions_does_not_become_live(
    api: ApiDesk, acme: Signer, database: Database
) -> None:
    user = (await api.user(acme))["id"]
    account = await api.account(acme, user)
    made = await follow(api, acme, user, account)
    row = ("acme", uuid4(), account, made.json()["id"])
    async with database.platform() as tx:
        await tx.execute(_POSITION, row)
    refused = await put(api, "acme", LIVE_TENANT, 2)
    assert code_of(refused) == "document_invalid"
    (wrong,) = refused.json()["errors"]
    assert wrong["field"] == "spec.venues"
    assert "venue main cannot become Live while its Paper accounts have open" in wrong["message"]
    assert "orders (1): set desiredState" in wrong["message"]
    async with database.platform() as tx:
        await tx.execute("UPDATE position SET closed_at = now()")
    assert (await put(api, "acme", LIVE_TENANT, 2)).status_code == 200


_POSITION = """INSERT INTO position (tenant_id, id, account_id, subscription_id, symbol, leg,
    entered, entry_value, exited, exit_value, fees_usdt, opened_at, as_of, share,
    platform_share_to_root)
VALUES (%s, %s, %s, %s, 'BTC-USDT-SWAP', 'LONG', 1, 100, 0, 0, 0, now(), now(), 0.3, false)"""
