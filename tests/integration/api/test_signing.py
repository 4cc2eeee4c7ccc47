"""Every mutation of a signed request is refused, each with its own code."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from fixtures.api_desk import ApiDesk, Signer, code_of

PATH = "/v1/users"
BODY = b'{"email": "ann@example.org"}'


async def test_an_untouched_request_is_accepted(api: ApiDesk, acme: Signer) -> None:
    headers = acme.headers("POST", PATH, "", BODY) | {"Idempotency-Key": "one"}
    answer = await api.raw("POST", PATH, BODY, headers)
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"X-IB-Key": ""}, "signature_missing"),
        ({"X-IB-Timestamp": ""}, "signature_missing"),
        ({"X-IB-Nonce": ""}, "signature_missing"),
        ({"X-IB-Signature": ""}, "signature_missing"),
        ({"X-IB-Key": "a b"}, "signature_malformed"),
        ({"X-IB-Timestamp": "yesterday"}, "signature_malformed"),
        ({"X-IB-Timestamp": "12345678901234"}, "signature_malformed"),
        ({"X-IB-Nonce": "short"}, "signature_malformed"),
        ({"X-IB-Nonce": "with-hyphens-in-it-x"}, "signature_malformed"),
        ({"X-IB-Signature": "f" * 63}, "signature_malformed"),
        ({"X-IB-Signature": "F" * 64}, "signature_malformed"),
        ({"X-IB-Signature": "f" * 64}, "signature_wrong"),
        ({"X-IB-Nonce": "f" * 32}, "signature_wrong"),
        ({"X-IB-Key": "key_of_nobody"}, "key_unknown"),
    ],
)
async def test_a_changed_header_is_refused(
    api: ApiDesk, acme: Signer, change: dict[str, str], code: str
) -> None:
    headers = acme.headers("POST", PATH, "", BODY) | {"Idempotency-Key": "one"}
    answer = await api.raw("POST", PATH, BODY, headers | change)
    assert (answer.status_code, code_of(answer)) == (401, code)


async def test_a_changed_body_method_path_or_query_is_refused(api: ApiDesk, acme: Signer) -> None:
    signed = acme.headers("POST", PATH, "", BODY) | {"Idempotency-Key": "one"}
    wrong = BODY.replace(b"ann", b"bob")
    assert code_of(await api.raw("POST", PATH, wrong, signed)) == "signature_wrong"
    query = acme.headers("GET", PATH, "limit=2", b"")
    assert code_of(await api.raw("GET", f"{PATH}?limit=3", b"", query)) == "signature_wrong"
    assert code_of(await api.raw("GET", PATH, b"", query)) == "signature_wrong"
    assert code_of(await api.raw("GET", "/v1/orders?limit=2", b"", query)) == "signature_wrong"
    method = acme.headers("POST", PATH, "", b"")
    assert code_of(await api.raw("GET", PATH, b"", method)) == "signature_wrong"


async def test_the_path_is_signed_as_it_is_sent(api: ApiDesk, acme: Signer) -> None:
    await api.user(acme)
    for path in ("/v1/users/ann@example.org", "/v1/users/ann%40example.org"):
        assert (await api.merchant(acme, "GET", path)).status_code == 200
    signed = acme.headers("GET", "/v1/users/ann@example.org", "", b"")
    answer = await api.raw("GET", "/v1/users/ann%40example.org", b"", signed)
    assert code_of(answer) == "signature_wrong"


async def test_a_query_is_signed_sorted_and_encoded_once(api: ApiDesk, acme: Signer) -> None:
    answer = await api.merchant(acme, "GET", PATH, query="cursor=&limit=2")
    assert code_of(answer) == "validation_failed"  # its signature is right
    headers = acme.headers("GET", PATH, "cursor=%C3%A4&limit=2", b"")
    answer = await api.raw("GET", f"{PATH}?limit=2&cursor=%c3%a4", b"", headers)
    assert code_of(answer) == "validation_failed"
    headers = acme.headers("GET", PATH, "limit=2", b"")
    answer = await api.raw("GET", f"{PATH}?limit=%32", b"", headers)
    assert answer.status_code == 200


async def test_another_keys_secret_does_not_fit(api: ApiDesk, acme: Signer) -> None:
    other = Signer(acme.key_id, "another-secret-of-some-forty-characters-")
    assert code_of(await api.merchant(other, "GET", PATH)) == "signature_wrong"


async def test_a_nonce_counts_once_also_when_sent_at_the_same_time(
    api: ApiDesk, acme: Signer
) -> None:
    headers = acme.headers("GET", PATH, "", b"")
    answers = await asyncio.gather(*(api.raw("GET", PATH, b"", headers) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401, 401]
    refused = [answer for answer in answers if answer.status_code == 401]
    assert {code_of(answer) for answer in refused} == {"signature_replayed"}


async def test_a_forged_request_does_not_use_up_the_nonce(api: ApiDesk, acme: Signer) -> None:
    headers = acme.headers("GET", PATH, "", b"")
    forged = headers | {"X-IB-Signature": "0" * 64}
    assert code_of(await api.raw("GET", PATH, b"", forged)) == "signature_wrong"
    assert (await api.raw("GET", PATH, b"", headers)).status_code == 200


@pytest.mark.parametrize(
    ("ahead_ms", "code"),
    [(6_000, "signature_stale"), (-1_500, "signature_future")],
)
async def test_a_clock_that_is_off_is_told_so(
    api: ApiDesk, acme: Signer, ahead_ms: int, code: str
) -> None:
    api.ahead = timedelta(milliseconds=ahead_ms)
    assert code_of(await api.merchant(acme, "GET", PATH)) == code


async def test_a_request_from_before_the_servers_start_is_stale(api: ApiDesk, acme: Signer) -> None:
    before = str(api.parts.started_ms - 1)
    api.ahead = timedelta(seconds=-59)
    headers = acme.headers("GET", PATH, "", b"", timestamp=before)
    assert code_of(await api.raw("GET", PATH, b"", headers)) == "signature_stale"


async def test_two_keys_live_at_once_and_a_suspended_tenant_is_refused(
    api: ApiDesk, acme: Signer
) -> None:
    second = Signer("key_acme_2", f"second-{uuid4().hex}{uuid4().hex}")
    path = f"/v1/tenants/acme/merchant-keys/{second.key_id}"
    assert (await api.platform("PUT", path, {"secret": second.secret})).status_code == 200
    for signer in (acme, second):
        assert (await api.merchant(signer, "GET", PATH)).status_code == 200
    spec = {
        "displayName": "Acme",
        "state": "Suspended",
        "venues": [{"name": "main", "type": "binance", "environment": "Paper"}],
    }
    body = {"uid": "uid-acme", "generation": 2, "spec": spec}
    assert (await api.platform("PUT", "/v1/tenants/acme", body)).status_code == 200
    assert code_of(await api.merchant(acme, "GET", PATH)) == "tenant_disabled"
