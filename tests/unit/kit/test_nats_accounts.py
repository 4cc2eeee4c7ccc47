"""Claims are pure: the same clients give the same rights, and no list is ever empty."""

from typing import Any

import pytest

from ironbull_kit import nats_accounts, nats_jwt
from ironbull_kit.nats_accounts import AccountLimits, TenantClients

KEYS = nats_accounts.new_root_keys()
ACCOUNT = nats_jwt.new_seed(nats_jwt.ACCOUNT)
USER = nats_jwt.public_key(nats_jwt.new_seed(nats_jwt.USER))
MINE, ENGINE = "a" * 16, "c" * 16
NOW = 1_767_225_600


def member() -> dict[str, Any]:
    jwt = nats_accounts.member_user_jwt(ACCOUNT, USER, "acme", MINE, now=NOW, expires_at=NOW + 60)
    return dict(nats_jwt.read(jwt)["nats"])


def engine() -> dict[str, Any]:
    jwt = nats_accounts.engine_user_jwt(ACCOUNT, USER, "acme", ENGINE, now=NOW, expires_at=NOW + 60)
    return dict(nats_jwt.read(jwt)["nats"])


def tenant(clients: TenantClients, revoked: dict[str, int] | None = None) -> dict[str, Any]:
    public = nats_jwt.public_key(ACCOUNT)
    jwt = nats_accounts.tenant_jwt(KEYS, public, clients, revoked or {}, NOW)
    return dict(nats_jwt.read(jwt)["nats"])


@pytest.mark.parametrize("claim", [member(), engine()])
def test_no_right_is_written_as_an_empty_list(claim: dict[str, Any]) -> None:
    assert claim["pub"]["allow"]
    assert claim["sub"]["allow"]


def test_a_members_rights_name_its_tenant_and_token() -> None:
    rights = member()["pub"]["allow"] + member()["sub"]["allow"]

    assert all(MINE in subject for subject in rights)


def test_an_engine_has_no_right_that_reaches_a_node() -> None:
    words = {subject.split(".")[0] for subject in engine()["pub"]["allow"]}

    assert words == {"signal", "history", "renew"}


def test_a_tenants_account_imports_what_its_users_may_say_and_hear() -> None:
    imports = tenant(TenantClients("acme", (ENGINE,), (MINE,)))["imports"]
    imported = {one["subject"] for one in imports}
    said = member()["pub"]["allow"] + engine()["pub"]["allow"]
    heard = member()["sub"]["allow"] + engine()["sub"]["allow"]

    assert set(said) <= imported
    assert {subject for subject in heard if not subject.startswith("_INBOX")} <= imported


def test_an_account_imports_nothing_of_another_tenant() -> None:
    imports = tenant(TenantClients("acme", (ENGINE,), (MINE,)))["imports"]
    subjects = [one["subject"] for one in imports]

    shared = {"history.>", "candle.>", "price.>"}
    assert all(subject in shared or "acme" in subject or MINE in subject for subject in subjects)


def test_an_account_without_clients_imports_nothing() -> None:
    assert tenant(TenantClients("acme"))["imports"] == []


def test_revocations_stand_in_the_claim() -> None:
    assert tenant(TenantClients("acme"), {USER: NOW})["revocations"] == {USER: NOW}


def test_a_creds_file_is_read_as_it_was_written() -> None:
    seed = nats_jwt.new_seed(nats_jwt.USER)

    assert nats_jwt.read_credentials(nats_jwt.credentials("a.b.c", seed)) == ("a.b.c", seed)


@pytest.mark.parametrize(
    ("limits", "claim"),
    [
        (AccountLimits(), {"conn": 6, "payload": -1, "subs": -1}),
        (AccountLimits(connections=4), {"conn": 4, "payload": -1, "subs": -1}),
        (AccountLimits(connections=99), {"conn": 6, "payload": -1, "subs": -1}),
        (AccountLimits(None, 65_536, 100), {"conn": 6, "payload": 65_536, "subs": 100}),
    ],
)
def test_a_limit_lowers_what_an_account_may_take_and_never_raises_it(
    limits: AccountLimits, claim: dict[str, int]
) -> None:
    found = tenant(TenantClients("acme", (ENGINE,), (MINE,), limits))["limits"]
    assert claim.items() <= found.items()
