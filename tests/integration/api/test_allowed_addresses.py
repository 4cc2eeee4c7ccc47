"""A tenant takes calls from where its document says, and from everywhere when it says nothing."""

import dataclasses

import httpx
import pytest
from fixtures.api_desk import TENANT_SPEC, ApiDesk, Signer, code_of

from ironbull_app.api.addresses import read_ranges
from ironbull_app.api.app import Audience, create_app


async def _call(api: ApiDesk, signer: Signer, forwarded: str = "") -> str:
    headers = signer.headers("GET", "/v1/users", "", b"")
    if forwarded:
        headers["X-Forwarded-For"] = forwarded
    answer = await api.raw("GET", "/v1/users", b"", headers)
    return "" if answer.status_code == 200 else f"{answer.status_code} {code_of(answer)}"


async def _allow(api: ApiDesk, generation: int, *ranges: str) -> None:
    spec = {**TENANT_SPEC, "api": {"allowedCIDRs": ranges}}
    body = {"uid": "uid-acme", "generation": generation, "spec": spec}
    assert (await api.platform("PUT", "/v1/tenants/acme", body)).status_code == 200


async def test_the_peers_address_must_lie_in_a_range(api: ApiDesk, acme: Signer) -> None:
    assert await _call(api, acme) == ""
    await _allow(api, 2, "203.0.113.0/24")
    assert await _call(api, acme) == "403 address_not_allowed"
    assert await _call(api, acme, "203.0.113.9") == "403 address_not_allowed"
    await _allow(api, 3, "203.0.113.0/24", "127.0.0.0/8")
    assert await _call(api, acme) == ""


async def test_a_trusted_proxy_tells_who_calls(api: ApiDesk, acme: Signer) -> None:
    parts = dataclasses.replace(api.parts, trusted_proxies=read_ranges(["127.0.0.1/32"]))
    transport = httpx.ASGITransport(create_app(Audience.MERCHANT, parts))
    await _allow(api, 2, "203.0.113.0/24")
    await api.clients[Audience.MERCHANT].aclose()
    api.clients[Audience.MERCHANT] = httpx.AsyncClient(transport=transport, base_url="http://api")
    assert await _call(api, acme, "203.0.113.9") == ""
    assert await _call(api, acme, "203.0.113.9, 198.51.100.1") == "403 address_not_allowed"


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize("wrong", ["203.0.113.1/24", "203.0.113.0", "::ffff:1.2.3.0/120"])
async def test_what_is_no_range_is_refused(api: ApiDesk, wrong: str) -> None:
    spec = {**TENANT_SPEC, "api": {"allowedCIDRs": [wrong]}}
    body = {"uid": "uid-acme", "generation": 2, "spec": spec}
    answer = await api.platform("PUT", "/v1/tenants/acme", body)
    assert "allowedCIDRs" in answer.json()["errors"][0]["field"]
