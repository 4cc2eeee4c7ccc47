"""Whatever is wrong is told as a problem with a stable code, and nothing is half-written."""

import json
from typing import Any

import pytest
from fixtures.api_desk import PLATFORM, STAFF, STRATEGY_SPEC, TENANT_SPEC, ApiDesk, Signer, code_of

from ironbull_app.api.app import Audience
from ironbull_app.api.asgi import MAX_BODY_BYTES

RECHARGES = "/v1/users/ann@example.org/recharges"


@pytest.mark.parametrize(
    "amount",
    [1, 1.5, "-1", "0", "1e3", "NaN", "", " 1", "0.000000001", "99999999999999999", None, [], True],
)
async def test_an_amount_is_a_positive_plain_string_of_whole_minor_units(
    api: ApiDesk, acme: Signer, amount: Any
) -> None:
    await api.user(acme)
    answer = await api.merchant(acme, "POST", RECHARGES, {"kind": "self", "amount": amount})
    assert (answer.status_code, code_of(answer)) == (422, "validation_failed")
    assert answer.json()["errors"][0]["field"] == "amount"
    held = (await api.merchant(acme, "GET", "/v1/balances")).json()
    assert held["stock_self"] == "1000"


async def test_an_unknown_field_and_an_unknown_parameter_are_refused(
    api: ApiDesk, acme: Signer
) -> None:
    body = {"email": "ann@example.org", "admin": True}
    answer = await api.merchant(acme, "POST", "/v1/users", body)
    assert (answer.status_code, code_of(answer)) == (422, "validation_failed")
    assert answer.json()["errors"][0]["field"] == "admin"
    answer = await api.merchant(acme, "GET", "/v1/users", query="state=open")
    assert (answer.status_code, code_of(answer)) == (422, "validation_failed")
    assert answer.json()["errors"][0]["field"] == "state"


async def test_an_address_that_is_none_is_told_in_words(api: ApiDesk, acme: Signer) -> None:
    answer = await api.merchant(acme, "POST", "/v1/users", {"email": "ann"})
    assert (answer.status_code, code_of(answer)) == (422, "validation_failed")
    (error,) = answer.json()["errors"]
    assert error["message"] == "must be an e-mail address such as ann@example.org; found 'ann'"


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "cursor=nonsense"])
async def test_a_page_is_bounded_and_its_cursor_ours(
    api: ApiDesk, acme: Signer, query: str
) -> None:
    answer = await api.merchant(acme, "GET", "/v1/users", query=query)
    assert (answer.status_code, code_of(answer)) == (422, "validation_failed")


async def test_a_body_that_is_no_json_is_malformed(api: ApiDesk, acme: Signer) -> None:
    for body in (b"{", b"\xff\xfe", b"[" * 5_000):
        headers = acme.headers("POST", "/v1/users", "", body) | {"Idempotency-Key": "x"}
        answer = await api.raw("POST", "/v1/users", body, headers)
        assert (answer.status_code, code_of(answer)) == (400, "body_malformed")


async def test_an_oversized_body_is_refused(api: ApiDesk, acme: Signer) -> None:
    body = json.dumps({"email": "a" * MAX_BODY_BYTES}).encode()
    headers = acme.headers("POST", "/v1/users", "", body) | {"Idempotency-Key": "x"}
    answer = await api.raw("POST", "/v1/users", body, headers)
    assert (answer.status_code, code_of(answer)) == (413, "body_too_large")


async def test_text_that_cannot_be_stored_is_the_callers_mistake(
    api: ApiDesk, acme: Signer
) -> None:
    await api.user(acme)
    body = {"venue": "main", "label": "nul\x00", "api_key": "k", "api_secret": "s"}
    answer = await api.merchant(acme, "POST", "/v1/users/ann@example.org/accounts", body)
    assert (answer.status_code, code_of(answer)) == (422, "validation_failed")
    answer = await api.merchant(acme, "GET", "/v1/users/ann%00")
    assert answer.status_code in {404, 422}
    assert code_of(answer)


async def test_an_unknown_route_and_a_wrong_method_are_problems(api: ApiDesk, acme: Signer) -> None:
    assert code_of(await api.merchant(acme, "GET", "/v1/nothing")) == "not_found"
    answer = await api.merchant(acme, "PATCH", "/v1/users", {})
    assert (answer.status_code, code_of(answer)) == (405, "method_not_allowed")


async def test_a_request_id_is_kept_or_made(api: ApiDesk, acme: Signer) -> None:
    headers = acme.headers("GET", "/v1/users", "", b"")
    answer = await api.raw("GET", "/v1/users", b"", {**headers, "X-Request-Id": "mine-1"})
    assert answer.headers["X-Request-Id"] == "mine-1"
    wrong = await api.raw("GET", "/v1/users", b"", {"X-Request-Id": "not\tallowed"})
    assert wrong.headers["X-Request-Id"] == wrong.json()["request_id"] != "not\tallowed"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("", "token_missing"),
        ("Basic x", "token_missing"),
        ("Bearer wrong", "token_wrong"),
        (f"Bearer {PLATFORM}", "token_wrong"),
        (f"Bearer {STAFF} ", None),
    ],
)
@pytest.mark.usefixtures("acme")
async def test_staff_needs_its_own_token(api: ApiDesk, given: str, code: str | None) -> None:
    headers = {"Authorization": given, "Idempotency-Key": "x"}
    answer = await api.clients[Audience.ADMIN].post(
        "/v1/tenants/acme/stock-ups", json={"kind": "self", "amount": "1"}, headers=headers
    )
    if code is None:
        assert answer.status_code in {201, 401}  # a proxy may or may not strip the blank
    else:
        assert (answer.status_code, code_of(answer)) == (401, code)


async def test_tokens_are_read_again_when_they_are_rotated(api: ApiDesk) -> None:
    assert (await api.platform("GET", "/v1/hashes")).status_code == 200
    (api.folder / "platform").write_text("a-new-platform-token")
    assert code_of(await api.platform("GET", "/v1/hashes")) == "token_wrong"


async def test_users_accounts_and_subscriptions_say_what_is_wrong(
    api: ApiDesk, acme: Signer
) -> None:
    user = (await api.user(acme))["id"]
    taken = await api.merchant(acme, "POST", "/v1/users", {"email": "Ann@Example.org"})
    assert code_of(taken) == "email_taken"
    body = {"venue": "nowhere", "label": "x", "api_key": "k", "api_secret": "s"}
    path = f"/v1/users/{user}/accounts"
    assert code_of(await api.merchant(acme, "POST", path, body)) == "venue_unknown"
    account = await api.account(acme, user)
    body = {"venue": "main", "label": "x", "api_key": "key-1", "api_secret": "s"}
    assert code_of(await api.merchant(acme, "POST", path, body)) == "account_taken"
    path, wish = f"/v1/users/{user}/subscriptions", {"account_id": account, "strategy": "none"}
    assert code_of(await api.merchant(acme, "POST", path, wish)) == "strategy_unknown"
    wish["strategy"] = "trend"
    assert (await api.merchant(acme, "POST", path, wish)).status_code == 201
    assert code_of(await api.merchant(acme, "POST", path, wish)) == "subscription_exists"
    for change in ({"leverage": 126}, {"ratio_percent": 0}, {"capital_usdt": "-5"}):
        answer = await api.merchant(acme, "POST", path, {**wish, **change})
        assert code_of(answer) == "validation_failed"


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("acme", {"uid": "other", "generation": 9, "spec": TENANT_SPEC}, "name_taken"),
        ("acme", {"uid": "uid-acme", "generation": 0, "spec": TENANT_SPEC}, "validation_failed"),
        ("Acme!", {"uid": "x", "generation": 1, "spec": TENANT_SPEC}, "validation_failed"),
        ("none/strategies/t", {"uid": "x", "generation": 1, "spec": STRATEGY_SPEC}, "no_tenant"),
        (
            "acme/strategies/t",
            {"uid": "x", "generation": 1, "spec": {**STRATEGY_SPEC, "venue": "nowhere"}},
            "venue_unknown",
        ),
        (
            "acme/strategies/t",
            {"uid": "x", "generation": 1, "spec": {**STRATEGY_SPEC, "classRef": {"name": "x"}}},
            "strategy_class_unknown",
        ),
        (
            "acme/strategies/t",
            {
                "uid": "x",
                "generation": 1,
                "spec": {**STRATEGY_SPEC, "parameters": {"fast_ma": "0"}},
            },
            "strategy_parameter_invalid",
        ),
        ("acme/merchant-keys/key_acme_9", {"secret": "short"}, "validation_failed"),
    ],
)
@pytest.mark.usefixtures("acme")
async def test_a_wrong_document_is_refused(api: ApiDesk, path: str, body: Any, code: str) -> None:
    before = (await api.platform("GET", "/v1/hashes")).json()
    assert code_of(await api.platform("PUT", f"/v1/tenants/{path}", body)) == code
    assert (await api.platform("GET", "/v1/hashes")).json() == before


@pytest.mark.usefixtures("acme")
async def test_an_older_generation_is_refused_and_the_same_changes_nothing(api: ApiDesk) -> None:
    path, told = "/v1/tenants/acme", {"uid": "uid-acme", "spec": TENANT_SPEC}
    second = await api.platform("PUT", path, {**told, "generation": 2})
    again = await api.platform("PUT", path, {**told, "generation": 2})
    assert second.status_code == again.status_code == 200
    assert second.json() == again.json()
    older = await api.platform("PUT", path, {**told, "generation": 1})
    assert (older.status_code, code_of(older)) == (409, "generation_stale")


@pytest.mark.usefixtures("acme")
async def test_a_pools_members_keep_their_tokens(api: ApiDesk) -> None:
    path = "/v1/tenants/acme/nodes/main"

    async def put(generation: int, replicas: int) -> list[Any]:
        spec = {"venue": "main", "replicas": replicas}
        answer = await api.platform(
            "PUT", path, {"uid": "pool", "generation": generation, "spec": spec}
        )
        assert answer.status_code == 200, answer.text
        members: list[Any] = answer.json()["members"]
        return members

    one = await put(1, 1)
    two = await put(2, 2)
    assert two[:1] == one
    assert await put(3, 1) == one
    assert await put(4, 2) == two
