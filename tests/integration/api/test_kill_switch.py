"""The switch over the APIs: a document trips it, staff alone re-arm it, and all of it is kept."""

from typing import Any
from uuid import uuid4

import httpx
from fixtures.api_desk import STRATEGY_SPEC, ApiDesk, Signer, code_of

from ironbull_app.api.app import Audience

PATH = "/v1/tenants/acme/strategies/trend"
SWITCH = f"{PATH}/kill-switch"


async def put(
    api: ApiDesk, generation: int, switch: str | None, uid: str = "uid-acme", **more: Any
) -> httpx.Response:
    said = {} if switch is None else {"killSwitch": switch}
    body = {"uid": uid, "generation": generation, "spec": {**STRATEGY_SPEC, **said, **more}}
    return await api.platform("PUT", PATH, body)


async def turn(api: ApiDesk, how: str, key: str = "") -> httpx.Response:
    return await api.staff(f"{SWITCH}/{how}", {"reason": "because"}, key or uuid4().hex)


async def effective(api: ApiDesk) -> str:
    """Return how the operator sees the switch."""
    answer = await api.platform("GET", "/v1/kill-switches")
    (row,) = answer.json()["kill_switches"] or [{"kill_switch": {"effective": "Armed"}}]
    return str(row["kill_switch"]["effective"])


async def test_a_document_trips_and_never_rearms(api: ApiDesk, acme: Signer) -> None:
    assert acme.key_id
    armed = await put(api, 2, "Armed")
    tripped = await put(api, 3, "Tripped")
    later = [await put(api, 4, "Armed"), await put(api, 5, None)]

    assert armed.json()["kill_switch"]["effective"] == "Armed"
    assert tripped.json()["kill_switch"]["by"] == "document"
    assert [one.json()["kill_switch"]["effective"] for one in later] == ["Tripped", "Tripped"]
    assert await effective(api) == "Tripped"


async def test_staff_rearm_once_the_document_no_longer_trips(api: ApiDesk, acme: Signer) -> None:
    assert acme.key_id
    await put(api, 2, "Tripped")
    refused = await turn(api, "re-arms")
    await put(api, 3, "Armed")
    done = await turn(api, "re-arms")

    assert (refused.status_code, code_of(refused)) == (409, "kill_switch_in_document")
    told = refused.json()
    assert told["errors"][0]["field"] == "spec.killSwitch"
    assert "re-arm again" in told["way_out"]
    assert done.status_code == 201
    assert (done.json()["effective"], done.json()["by"]) == ("Armed", "staff")
    assert await effective(api) == "Armed"


async def test_the_same_call_again_is_answered_the_same_and_done_once(
    api: ApiDesk, acme: Signer
) -> None:
    assert acme.key_id
    first = await turn(api, "trips", "one-key")
    again = await turn(api, "trips", "one-key")

    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.content == first.content
    shown = await api.clients[Audience.ADMIN].get(
        SWITCH, headers={"Authorization": first.request.headers["Authorization"]}
    )
    (row,) = shown.json()["turns"]
    assert (row["is_tripped"], row["by"], row["reason"]) == (True, "staff", "because")
    assert row["request_id"] == first.headers["X-Request-Id"]


async def test_a_document_trips_even_when_the_rest_of_it_is_refused(
    api: ApiDesk, acme: Signer
) -> None:
    assert acme.key_id
    refused = await put(api, 2, "Tripped", parameters={"nonsense": "1"})

    assert code_of(refused) == "strategy_parameter_invalid"
    assert await effective(api) == "Tripped"


async def test_only_the_newest_document_of_the_same_object_trips(
    api: ApiDesk, acme: Signer
) -> None:
    assert acme.key_id
    await put(api, 5, "Armed")

    assert code_of(await put(api, 4, "Tripped")) == "generation_stale"
    assert code_of(await put(api, 6, "Tripped", uid="another")) == "name_taken"
    assert await effective(api) == "Armed"


async def test_a_strategy_can_be_made_tripped(api: ApiDesk, acme: Signer) -> None:
    assert acme.key_id
    body = {"uid": "uid-2", "generation": 1, "spec": {**STRATEGY_SPEC, "killSwitch": "Tripped"}}
    answer = await api.platform("PUT", "/v1/tenants/acme/strategies/second", body)

    assert answer.json()["kill_switch"]["effective"] == "Tripped"


async def test_a_switch_of_nobody_is_not_found(api: ApiDesk, acme: Signer) -> None:
    assert acme.key_id
    path = "/v1/tenants/acme/strategies/nobodys/kill-switch/trips"

    assert code_of(await api.staff(path, {"reason": "because"}, "k")) == "not_found"
