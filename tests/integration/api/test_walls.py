"""Another tenant's things do not exist: every route of the OpenAPI, with every foreign id."""

import itertools
import json
import re
from typing import Any, Final
from uuid import uuid4

import pytest
from fixtures.api_desk import ApiDesk, Signer, code_of

from ironbull_app.api.app import Audience, create_api
from ironbull_app.db.unit_of_work import Database

EMAIL: Final = "ann@example.org"
BODIES: Final[dict[str, Any]] = {
    "/v1/users/{user}/market-node": {"is_market_node": True},
    "/v1/users/{user}/recharges": {"kind": "self", "amount": "1"},
    "/v1/users/{user}/accounts": {
        "venue": "main", "label": "x", "api_key": "new", "api_secret": "s",
    },
    "/v1/users/{user}/subscriptions": {"strategy": "trend"},
}  # fmt: skip


def _routes() -> list[tuple[str, str]]:
    paths = create_api(Audience.MERCHANT).openapi()["paths"]
    return [(method.upper(), path) for path, known in paths.items() for method in known]


WITH_IDS: Final = [route for route in _routes() if "{" in route[1]]
LISTS: Final = [path for method, path in _routes() if method == "GET" and "{" not in path]


async def _furnish(api: ApiDesk, signer: Signer) -> dict[str, str]:
    user = str((await api.user(signer, EMAIL))["id"])
    account = await api.account(signer, user)
    path, wish = f"/v1/users/{user}/subscriptions", {"account_id": account, "strategy": "trend"}
    answer = await api.merchant(signer, "POST", path, wish)
    assert answer.status_code == 201, answer.text
    cards = {"kind": "self", "amount": "7"}
    moved = await api.merchant(signer, "POST", f"/v1/users/{user}/recharges", cards)
    assert moved.status_code == 201, moved.text
    return {"user": user, "account": account, "subscription": answer.json()["id"]}


def test_the_routes_are_found() -> None:
    assert len(WITH_IDS) >= 8
    assert len(LISTS) >= 7


@pytest.mark.parametrize(("method", "path"), WITH_IDS)
async def test_a_foreign_id_is_not_found_on_any_route(
    api: ApiDesk, acme: Signer, method: str, path: str
) -> None:
    mine = await _furnish(api, acme)
    other = await api.tenant("other", stock="1000")
    names = re.findall(r"\{(\w+)\}", path)
    assert set(names) <= set(mine)
    body = BODIES.get(path)
    if path.endswith("/subscriptions") and body is not None:
        body = {**body, "account_id": mine["account"]}
    called = path.format(**mine)
    answer = await api.merchant(other, method, called, body if method in {"POST", "PUT"} else None)
    assert (answer.status_code, code_of(answer)) == (404, "not_found")


async def test_a_foreign_account_cannot_be_subscribed_by_an_own_user(
    api: ApiDesk, acme: Signer
) -> None:
    mine = await _furnish(api, acme)
    other = await api.tenant("other")
    bob = await api.user(other, "bob@example.org")
    wish = {"account_id": mine["account"], "strategy": "trend"}
    answer = await api.merchant(other, "POST", f"/v1/users/{bob['id']}/subscriptions", wish)
    assert (answer.status_code, code_of(answer)) == (404, "not_found")


async def test_a_foreign_invite_code_invites_nobody(api: ApiDesk, acme: Signer) -> None:
    code = (await api.user(acme))["invite_code"]
    other = await api.tenant("other")
    body = {"email": "bob@example.org", "invite_code": code}
    answer = await api.merchant(other, "POST", "/v1/users", body)
    assert code_of(answer) == "inviter_unknown"


@pytest.mark.parametrize("path", LISTS)
async def test_no_list_shows_a_foreign_row(api: ApiDesk, acme: Signer, path: str) -> None:
    mine = await _furnish(api, acme)
    other = await api.tenant("other")
    answer = await api.merchant(other, "GET", path)
    assert answer.status_code == 200, answer.text
    assert not [one for one in (*mine.values(), EMAIL) if one in answer.text]
    assert (await api.merchant(acme, "GET", path)).status_code == 200


async def test_equal_names_of_two_tenants_are_two_things(api: ApiDesk, acme: Signer) -> None:
    other = await api.tenant("other", stock="1000")
    mine, theirs = await _furnish(api, acme), await _furnish(api, other)
    assert not set(mine.values()) & set(theirs.values())
    for signer, furniture in ((acme, mine), (other, theirs)):
        shown = (await api.merchant(signer, "GET", f"/v1/users/{EMAIL}")).json()
        assert shown["id"] == furniture["user"]


async def test_keys_never_come_back_and_lie_sealed(
    api: ApiDesk, acme: Signer, database: Database
) -> None:
    user = str((await api.user(acme))["id"])
    canary = f"canary{uuid4().hex}"
    body = {"venue": "main", "label": "x", "api_key": f"k{canary}", "api_secret": canary}
    made = await api.merchant(acme, "POST", f"/v1/users/{user}/accounts", body)
    assert made.status_code == 201
    shown = await api.merchant(acme, "GET", f"/v1/users/{user}/accounts")
    assert shown.json()["items"][0]["status"] == "pending_check"
    assert canary not in made.text + shown.text
    async with database.platform() as tx:
        account = await tx.rows("SELECT a::text AS row FROM exchange_account a")
        stored = await tx.rows("SELECT encode(response, 'escape') AS row FROM idempotency")
    text = json.dumps([row["row"] for row in itertools.chain(account, stored)])
    assert user in text
    assert canary not in text
    assert canary.encode().hex() not in text


async def test_a_list_is_walked_page_by_page_and_shows_each_row_once(
    api: ApiDesk, acme: Signer
) -> None:
    wanted = {f"user{number}@example.org" for number in range(5)}
    for email in sorted(wanted):
        await api.user(acme, email)
    seen: list[str] = []
    query = "limit=2"
    for _ in range(4):
        answer = (await api.merchant(acme, "GET", "/v1/users", query=query)).json()
        seen += [row["email"] for row in answer["items"]]
        if "next_cursor" not in answer or answer["next_cursor"] is None:
            break
        query = f"cursor={answer['next_cursor'].replace('=', '%3D')}&limit=2"
    assert len(seen) == len(set(seen)) == 6  # and the root
    assert wanted <= set(seen)


async def test_a_user_stands_below_its_inviter_or_the_root(api: ApiDesk, acme: Signer) -> None:
    ann = await api.user(acme)
    body = {"email": "bob@example.org", "invite_code": ann["invite_code"]}
    bob = (await api.merchant(acme, "POST", "/v1/users", body)).json()
    assert bob["inviter_id"] == ann["id"]
    users = (await api.merchant(acme, "GET", "/v1/users")).json()["items"]
    (root,) = [one for one in users if one["is_root"]]
    assert ann["inviter_id"] == root["id"]


async def test_a_closed_subscription_can_be_opened_again(api: ApiDesk, acme: Signer) -> None:
    mine = await _furnish(api, acme)
    path = f"/v1/users/{mine['user']}/subscriptions"
    closed = await api.merchant(acme, "DELETE", f"/v1/subscriptions/{mine['subscription']}")
    assert closed.status_code == 200
    (shown,) = (await api.merchant(acme, "GET", path)).json()["items"]
    assert shown["is_open"] is False
    wish = {"account_id": mine["account"], "strategy": "trend", "leverage": 3}
    again = await api.merchant(acme, "POST", path, wish)
    assert again.json()["id"] == mine["subscription"]
    (shown,) = (await api.merchant(acme, "GET", path)).json()["items"]
    assert (shown["is_open"], shown["leverage"]) == (True, 3)


async def test_a_user_is_found_by_id_or_address_in_any_case(api: ApiDesk, acme: Signer) -> None:
    ann = await api.user(acme)
    for reference in (ann["id"], ann["id"].upper(), "Ann@Example.org"):
        shown = await api.merchant(acme, "GET", f"/v1/users/{reference}")
        assert shown.json()["id"] == ann["id"]
    assert code_of(await api.merchant(acme, "GET", "/v1/users/nobody")) == "not_found"
