"""A new merchant key lets the old one live for the overlap, and no longer."""

from typing import Any

import httpx
import pytest
from fixtures.api_desk import ApiDesk, Signer, code_of

NEW = Signer("key_acme_2", "another-merchant-secret-of-forty-chars-xx")


async def _put(api: ApiDesk, signer: Signer, generation: int, overlap: int = 0) -> httpx.Response:
    path = f"/v1/tenants/acme/merchant-keys/{signer.key_id}"
    body: dict[str, Any] = {"secret": signer.secret, "generation": generation}
    return await api.platform("PUT", path, {**body, "overlap_seconds": overlap})


async def _code(api: ApiDesk, signer: Signer) -> str:
    answer = await api.merchant(signer, "GET", "/v1/users")
    return "" if answer.status_code == 200 else code_of(answer)


async def test_both_keys_live_for_the_overlap_and_then_the_new_one_alone(
    api: ApiDesk, acme: Signer
) -> None:
    told = await _put(api, NEW, 2, overlap=3_600)
    assert told.json()["retired_until"] is not None
    assert (await _code(api, acme), await _code(api, NEW)) == ("", "")
    again = await _put(api, NEW, 2, overlap=3_600)
    assert again.json() == told.json()
    await _put(api, NEW, 2, overlap=0)
    assert (await _code(api, acme), await _code(api, NEW)) == ("key_unknown", "")
    await _put(api, NEW, 2, overlap=3_600)
    assert await _code(api, acme) == "key_unknown"


async def test_the_first_key_retires_nothing(api: ApiDesk, acme: Signer) -> None:
    assert (await _put(api, acme, 1)).json()["retired_until"] is None
    assert await _code(api, acme) == ""


async def test_an_older_generation_makes_no_new_key(api: ApiDesk, acme: Signer) -> None:
    await _put(api, NEW, 2)
    assert code_of(await _put(api, Signer("key_acme_3"), 1)) == "generation_stale"
    assert (await _put(api, acme, 1)).status_code == 200
    assert (await _code(api, acme), await _code(api, NEW)) == ("key_unknown", "")


async def test_the_hashes_name_the_key_that_is_not_retired(api: ApiDesk, acme: Signer) -> None:
    assert acme.key_id
    await _put(api, NEW, 2, overlap=3_600)
    told = (await api.platform("GET", "/v1/hashes")).json()
    assert told["MerchantKey/acme"] == "key_acme_2/2"


@pytest.mark.parametrize("wrong", [{"generation": 0}, {"overlap_seconds": -1}, {"overlap": 1}])
async def test_a_wrong_field_is_refused(api: ApiDesk, acme: Signer, wrong: dict[str, int]) -> None:
    path = f"/v1/tenants/acme/merchant-keys/{acme.key_id}"
    answer = await api.platform("PUT", path, {"secret": acme.secret, **wrong})
    assert code_of(answer) == "validation_failed"
