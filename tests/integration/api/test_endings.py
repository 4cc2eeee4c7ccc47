"""What is deleted ends at the platform: its rows stay, its name comes again as the rules say."""

from typing import Any

import pytest
from fixtures.api_desk import STRATEGY_SPEC, TENANT_SPEC, ApiDesk, Signer, code_of

from ironbull_app.db.unit_of_work import Database

OTHER = {"name": "second", "type": "binance", "environment": "Live"}


async def put(api: ApiDesk, path: str, uid: str, spec: Any, generation: int = 1) -> Any:
    body = {"uid": uid, "generation": generation, "spec": spec}
    return await api.platform("PUT", f"/v1/tenants/{path}", body)


async def end(api: ApiDesk, path: str, uid: str, more: str = "") -> bool:
    answer = await api.platform("DELETE", f"/v1/tenants/{path}?uid={uid}{more}")
    assert answer.status_code == 200, answer.text
    return bool(answer.json()["ended"])


async def held(api: ApiDesk) -> dict[str, str]:
    found: dict[str, str] = (await api.platform("GET", "/v1/hashes")).json()
    return {path: mark for path, mark in found.items() if not path.startswith("MerchantKey")}


async def follow(api: ApiDesk, acme: Signer) -> tuple[str, dict[str, Any]]:
    """Subscribe an account to acme's strategy; return where, and with what."""
    user = (await api.user(acme))["id"]
    wish = {"account_id": await api.account(acme, user), "strategy": "trend",
            "capital_usdt": "100", "ratio_percent": 100}  # fmt: skip
    path = f"/v1/users/{user}/subscriptions"
    assert (await api.merchant(acme, "POST", path, wish)).status_code == 201
    return path, wish


async def test_a_strategy_that_ended_is_offered_and_followed_no_more(
    api: ApiDesk, acme: Signer
) -> None:
    path, wish = await follow(api, acme)
    assert not await end(api, "acme/strategies/trend", "another-uid")
    assert await end(api, "acme/strategies/trend", "uid-acme")
    assert not await end(api, "acme/strategies/trend", "uid-acme")
    assert await held(api) == {"Tenant/acme": "uid-acme/1"}
    assert (await api.merchant(acme, "GET", "/v1/strategies")).json()["items"] == []
    assert code_of(await api.merchant(acme, "POST", path, wish)) == "strategy_unknown"


async def test_a_strategy_of_an_ended_name_goes_on_and_nobody_follows_it(
    api: ApiDesk, acme: Signer
) -> None:
    path, wish = await follow(api, acme)
    taken = await put(api, "acme/strategies/trend", "new", STRATEGY_SPEC)
    assert code_of(taken) == "name_taken"
    await end(api, "acme/strategies/trend", "uid-acme")
    assert (await put(api, "acme/strategies/trend", "new", STRATEGY_SPEC)).status_code == 200
    assert (await held(api))["Strategy/acme/trend"] == "new/1"
    # The subscription was closed: it can be made again.
    assert (await api.merchant(acme, "POST", path, wish)).status_code == 201


@pytest.mark.usefixtures("acme")
async def test_a_pool_of_an_ended_name_keeps_its_tokens_and_its_venue(api: ApiDesk) -> None:
    spec = {"venue": "main", "replicas": 1}
    first = (await put(api, "acme/nodes/fast", "one", spec)).json()["members"]
    assert await end(api, "acme/nodes/fast", "one")
    again = await put(api, "acme/nodes/fast", "two", spec)
    assert again.json()["members"] == first
    await end(api, "acme/nodes/fast", "two")
    venues = {**TENANT_SPEC, "venues": [*TENANT_SPEC["venues"], OTHER]}
    await put(api, "acme", "uid-acme", venues, 2)
    other = await put(api, "acme/nodes/fast", "three", {**spec, "venue": "second"})
    assert code_of(other) == "name_taken"
    assert "binance-live" in other.json()["detail"]


async def test_a_tenant_that_was_retained_comes_back_with_its_users(
    api: ApiDesk, acme: Signer
) -> None:
    user = await api.user(acme)
    assert await end(api, "acme", "uid-acme")
    assert await held(api) == {}
    assert code_of(await api.merchant(acme, "GET", "/v1/users")) == "tenant_disabled"
    no = await put(api, "acme/strategies/trend", "x", STRATEGY_SPEC)
    assert code_of(no) == "no_tenant"
    assert (await put(api, "acme", "again", TENANT_SPEC)).status_code == 200
    items = (await api.merchant(acme, "GET", "/v1/users")).json()["items"]
    assert user["id"] in {one["id"] for one in items}


async def test_a_tenant_that_was_erased_holds_no_people_and_does_not_come_back(
    api: ApiDesk, acme: Signer, database: Database
) -> None:
    user = (await api.user(acme, "ann@example.org"))["id"]
    await api.account(acme, user, "secret-key-1")
    async with database.platform() as tx:
        entries = await tx.rows("SELECT amount FROM entry ORDER BY txn_id, account_id")
    assert entries
    assert await end(api, "acme", "uid-acme", "&erase=true")
    assert await end(api, "acme", "uid-acme", "&erase=true")
    async with database.platform() as tx:
        users = await tx.rows("SELECT email FROM users")
        (account,) = await tx.rows("SELECT label, wrapped_key, sealed FROM exchange_account")
        keys = await tx.rows("SELECT wrapped_key, sealed FROM merchant_key")
        assert await tx.rows("SELECT amount FROM entry ORDER BY txn_id, account_id") == entries
        assert await tx.rows("SELECT 1 FROM idempotency") == []
    assert "ann" not in str(users)
    assert {bytes(value) if value else b"" for value in account.values()} == {b""}
    assert {bytes(value) for key in keys for value in key.values()} == {b""}
    for uid in ("again", "uid-acme"):
        no = await put(api, "acme", uid, TENANT_SPEC, 9)
        assert code_of(no) == "name_taken"
    assert "books stay closed" in no.json()["detail"]
