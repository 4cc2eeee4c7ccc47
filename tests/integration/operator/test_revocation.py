"""Who left a tenant is cut off by the servers, and stays out after the leader changed."""

import base64
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nats
import nats.errors
import pytest
from fixtures import nats_authority
from fixtures.waiting import eventually
from nats.aio.client import Client as NatsClient

from ironbull_kit import nats_accounts, nats_config, nats_jwt
from ironbull_kit.nats_accounts import RootKeys, TenantClients
from ironbull_kit.nats_users import (
    JWT_SECONDS,
    MAX_JWT_SECONDS,
    MIN_JWT_SECONDS,
    Client,
    ClientKind,
)
from ironbull_local import nats_server
from ironbull_messages import subjects
from ironbull_messages.launch import CREDS_FILE
from ironbull_operator.accounts import ACCOUNT_SEED, Accounts
from ironbull_operator.authority import Authority, Places
from ironbull_operator.installation import content
from ironbull_operator.kinds import SECRET, Object, Ref
from ironbull_operator.kube import ConflictError, MissingError

SYSTEM, PLACE = "ironbull-system", "ironbull-aurora"
FIRST = Client(ClientKind.MEMBER, "aurora", "a" * 16)
SECOND = Client(ClientKind.MEMBER, "aurora", "b" * 16)
ENGINE = Client(ClientKind.ENGINE, "aurora", "e" * 16)
BOTH = TenantClients("aurora", (ENGINE.token,), (FIRST.token, SECOND.token))
ACCOUNT = Ref(SECRET, "ironbull-nats-account-aurora", SYSTEM)


class Secrets:
    """Secrets in memory, as the API keeps them."""

    def __init__(self) -> None:
        self.held: dict[Ref, Object] = {}

    async def get(self, ref: Ref) -> Object | None:
        return self.held.get(ref)

    async def create(self, thing: Object) -> Object:
        if Ref.of(thing) in self.held:
            raise ConflictError("it exists")
        return await self.apply(thing)

    async def apply(self, thing: Object) -> Object:
        self.held[Ref.of(thing)] = thing
        return thing

    async def merge(self, ref: Ref, patch: Object) -> Object:
        if ref not in self.held:
            raise MissingError("it does not exist")
        data = {**self.held[ref]["data"], **patch["data"]}
        self.held[ref]["data"] = {key: text for key, text in data.items() if text is not None}
        return self.held[ref]

    def creds(self, client: Client) -> str:
        text: str = self.held[Ref(SECRET, client.token, PLACE)]["data"][CREDS_FILE]
        return base64.b64decode(text).decode()


@dataclass
class Bench:
    """A server, and who rules it; a new leader begins with what the Secrets hold."""

    roots: RootKeys
    places: Places
    folder: Path
    secrets: Secrets = field(default_factory=Secrets)
    ahead: float = 0.0

    def leader(self, jwt_seconds: int = JWT_SECONDS) -> Authority:
        secrets: Any = self.secrets
        accounts = Accounts(secrets, SYSTEM)
        return Authority(
            *(secrets, accounts, self.roots, self.places, lambda: time.time() + self.ahead),
            jwt_seconds=jwt_seconds,
        )

    def ends_in(self, client: Client) -> float:
        jwt, _ = nats_jwt.read_credentials(self.secrets.creds(client))
        return float(nats_jwt.read(jwt)["exp"]) - time.time() - self.ahead

    async def connect(self, client: Client, creds: str) -> NatsClient:
        path = self.folder / f"{client.token}.creds"
        path.write_text(creds)
        return await nats.connect(
            self.places.url,
            user_credentials=str(path),
            inbox_prefix=subjects.inbox_prefix(client.token),
            allow_reconnect=False,
            connect_timeout=5,
        )


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    roots = nats_accounts.new_root_keys()
    now = int(time.time())
    seed = nats_jwt.new_seed(nats_jwt.USER)
    creds = nats_accounts.system_user_jwt(roots, nats_jwt.public_key(seed), now)
    system = tmp_path / "system.creds"
    system.write_text(nats_jwt.credentials(creds, seed))
    config = nats_config.authority(roots, tmp_path / "nats" / "jwt", now)
    with nats_server.running(tmp_path / "nats", config) as server:
        yield Bench(roots, Places(server.url, system, system), tmp_path)


@pytest.fixture
async def power(bench: Bench) -> AsyncIterator[Authority]:
    power = bench.leader()
    for client in (ENGINE, FIRST, SECOND):
        await power.issue(client, PLACE, client.token)
    await power.push(BOTH)
    yield power
    await power.close()


async def test_a_member_that_left_is_cut_off_and_its_neighbours_stay(
    bench: Bench, power: Authority
) -> None:
    stolen = bench.secrets.creds(FIRST)
    gone = await bench.connect(FIRST, stolen)
    stays = await bench.connect(SECOND, bench.secrets.creds(SECOND))
    await power.revoke("aurora", [FIRST.token])
    await eventually(lambda: gone.is_closed)
    await nats_authority.settled(stays)
    # The pool is wanted by a stale list too: the user is out all the same.
    await power.push(BOTH)
    with pytest.raises(nats.errors.Error):
        await bench.connect(FIRST, stolen)
    await stays.close()


async def test_the_next_leader_keeps_out_who_left_and_lets_a_new_one_in(
    bench: Bench, power: Authority
) -> None:
    stolen = bench.secrets.creds(FIRST)
    await power.revoke("aurora", [FIRST.token])
    after = bench.leader()
    await after.issue(FIRST, PLACE, FIRST.token)  # the Secret of a member that comes again
    await after.push(BOTH)
    try:
        with pytest.raises(nats.errors.Error):
            await bench.connect(FIRST, stolen)
        again = await bench.connect(FIRST, bench.secrets.creds(FIRST))
        await nats_authority.settled(again)
        await again.close()
    finally:
        await after.close()


async def test_nobody_of_a_tenant_that_ended_gets_in(bench: Bench, power: Authority) -> None:
    clients = [
        await bench.connect(client, bench.secrets.creds(client)) for client in (ENGINE, SECOND)
    ]
    await power.revoke_tenant("aurora")
    await eventually(lambda: all(client.is_closed for client in clients))


async def test_a_leaver_is_kept_in_mind_as_long_as_its_jwt_could_live(
    bench: Bench, power: Authority
) -> None:
    await power.revoke("aurora", [FIRST.token])
    await power.push(BOTH)

    def kept() -> list[str]:
        return [key for key in content(bench.secrets.held[ACCOUNT]) if key.startswith("revoked.")]

    assert len(kept()) == 1
    bench.ahead = MAX_JWT_SECONDS - 10.0  # the life may have been longer when it left
    await power.push(BOTH)
    assert len(kept()) == 1
    bench.ahead = MAX_JWT_SECONDS + 1.0
    await power.push(BOTH)
    assert kept() == []


async def test_a_lost_account_is_written_again_with_all_that_it_held(
    bench: Bench, power: Authority
) -> None:
    await power.revoke("aurora", [FIRST.token])
    await power.push(BOTH)
    before = content(bench.secrets.held.pop(ACCOUNT))
    await power.push(BOTH)
    assert content(bench.secrets.held[ACCOUNT]) == before
    assert ACCOUNT_SEED in before


async def test_a_secret_is_written_anew_in_the_second_half_of_a_life(bench: Bench) -> None:
    power = bench.leader(MIN_JWT_SECONDS)
    await power.issue(FIRST, PLACE, FIRST.token)
    first = bench.secrets.creds(FIRST)
    bench.ahead = MIN_JWT_SECONDS / 2 - 5.0
    await power.issue(FIRST, PLACE, FIRST.token)
    assert bench.secrets.creds(FIRST) == first
    bench.ahead = MIN_JWT_SECONDS / 2 + 5.0
    await power.issue(FIRST, PLACE, FIRST.token)
    assert bench.ends_in(FIRST) == pytest.approx(MIN_JWT_SECONDS, abs=2.0)
    assert power.look_every is not None
    assert power.look_every.total_seconds() < MIN_JWT_SECONDS / 2


async def test_another_life_holds_for_the_secrets_that_are_there(bench: Bench) -> None:
    for seconds in (JWT_SECONDS, MIN_JWT_SECONDS, MAX_JWT_SECONDS):
        power = bench.leader(seconds)
        await power.issue(FIRST, PLACE, FIRST.token)
        assert bench.ends_in(FIRST) == pytest.approx(seconds, abs=2.0)
    assert power.look_every is None
