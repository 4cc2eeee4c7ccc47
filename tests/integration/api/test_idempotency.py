"""A repeated POST has one effect and one answer."""

import asyncio
from typing import Any

import pytest
from fixtures.api_desk import ApiDesk, Signer, code_of

from ironbull_app.db.unit_of_work import Database

CARDS = {"kind": "self", "amount": "10"}


async def _held(api: ApiDesk, signer: Signer) -> dict[str, Any]:
    answer = await api.merchant(signer, "GET", "/v1/balances")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_the_same_key_and_body_moves_once_and_answers_the_same(
    api: ApiDesk, acme: Signer
) -> None:
    user = (await api.user(acme))["id"]
    path = f"/v1/users/{user}/recharges"
    first = await api.merchant(acme, "POST", path, CARDS, key="one")
    again = await api.merchant(acme, "POST", path, CARDS, key="one")
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (await _held(api, acme))["stock_self"] == "990"


async def test_a_key_with_another_body_is_refused(api: ApiDesk, acme: Signer) -> None:
    user = (await api.user(acme))["id"]
    path = f"/v1/users/{user}/recharges"
    await api.merchant(acme, "POST", path, CARDS, key="one")
    other = await api.merchant(acme, "POST", path, {**CARDS, "amount": "11"}, key="one")
    assert (other.status_code, code_of(other)) == (422, "idempotency_key_reused")
    assert (await _held(api, acme))["stock_self"] == "990"


@pytest.mark.parametrize("key", ["", "with space", "x" * 129])
async def test_a_post_without_a_usable_key_is_refused(api: ApiDesk, acme: Signer, key: str) -> None:
    user = (await api.user(acme))["id"]
    answer = await api.merchant(acme, "POST", f"/v1/users/{user}/recharges", CARDS, key=key)
    assert (answer.status_code, code_of(answer)) == (422, "idempotency_key_missing")


async def test_a_business_refusal_is_stored_and_replayed(api: ApiDesk, acme: Signer) -> None:
    user = (await api.user(acme))["id"]
    path = f"/v1/users/{user}/recharges"
    body = {"kind": "gift", "amount": "5"}
    first = await api.merchant(acme, "POST", path, body, key="one")
    assert (first.status_code, code_of(first)) == (409, "insufficient_points")
    stocked = await api.staff("/v1/tenants/acme/stock-ups", body, "later")
    assert stocked.status_code == 201
    again = await api.merchant(acme, "POST", path, body, key="one")
    assert (again.status_code, again.content) == (409, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert code_of(again) == "insufficient_points"
    assert (await api.merchant(acme, "POST", path, body, key="two")).status_code == 201


async def test_a_callers_mistake_is_not_stored(api: ApiDesk, acme: Signer) -> None:
    wrong = {"email": "ann@example.org", "invite_code": "12345678"}
    answer = await api.merchant(acme, "POST", "/v1/users", wrong, key="one")
    assert (answer.status_code, code_of(answer)) == (422, "inviter_unknown")
    right = {"email": "ann@example.org"}
    assert (await api.merchant(acme, "POST", "/v1/users", right, key="one")).status_code == 201


async def test_the_first_call_still_running_is_told_so(
    api: ApiDesk, acme: Signer, database: Database
) -> None:
    user = (await api.user(acme))["id"]
    path = f"/v1/users/{user}/recharges"
    async with database.platform() as tx:
        await tx.row(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"acme POST {path} one",)
        )
        answer = await api.merchant(acme, "POST", path, CARDS, key="one")
        assert (answer.status_code, code_of(answer)) == (409, "idempotency_in_progress")
    assert (await api.merchant(acme, "POST", path, CARDS, key="one")).status_code == 201


async def test_many_equal_calls_at_once_move_once(api: ApiDesk, acme: Signer) -> None:
    user = (await api.user(acme))["id"]
    path = f"/v1/users/{user}/recharges"
    calls = (api.merchant(acme, "POST", path, CARDS, key="one") for _ in range(8))
    answers = await asyncio.gather(*calls)
    codes = {answer.status_code for answer in answers}
    assert 201 in codes
    assert codes <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert (await _held(api, acme))["stock_self"] == "990"


async def test_many_different_calls_at_once_never_overdraw_the_stock(
    api: ApiDesk, acme: Signer
) -> None:
    user = (await api.user(acme))["id"]
    path = f"/v1/users/{user}/recharges"
    body = {"kind": "self", "amount": "300"}
    calls = (api.merchant(acme, "POST", path, body) for _ in range(6))
    answers = await asyncio.gather(*calls)
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 3
    assert (await _held(api, acme))["stock_self"] == "100"


async def test_keys_of_two_tenants_and_of_two_routes_do_not_meet(
    api: ApiDesk, acme: Signer
) -> None:
    other = await api.tenant("other", stock="50")
    for signer in (acme, other):
        body = {"email": "ann@example.org"}
        assert (await api.merchant(signer, "POST", "/v1/users", body, key="k")).status_code == 201
        path = "/v1/users/ann@example.org/recharges"
        assert (await api.merchant(signer, "POST", path, CARDS, key="k")).status_code == 201
    assert (await _held(api, other))["stock_self"] == "40"


async def test_a_stock_up_counts_once(api: ApiDesk, acme: Signer) -> None:
    path = "/v1/tenants/acme/stock-ups"
    for _ in range(2):
        assert (await api.staff(path, CARDS, "again")).status_code == 201
    assert (await _held(api, acme))["stock_self"] == "1010"
