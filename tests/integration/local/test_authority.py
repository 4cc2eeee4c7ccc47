"""NATS lets in whom the documents want, for as long as they want it, and renews them."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import nats
import nats.errors
import pytest
from fixtures import nats_authority
from fixtures.waiting import eventually
from nats.aio.client import Client as NatsClient

from ironbull_kit import nats_jwt
from ironbull_kit.nats_users import Client, ClientKind
from ironbull_local import folder as folders
from ironbull_local import nats_server
from ironbull_local.authority import NatsAuthority
from ironbull_local.folder import DataFolder
from ironbull_messages import subjects
from ironbull_messages.fleet import RenewReply, RenewRequest
from ironbull_messages.launch import CREDS_FILE

ENGINE = Client(ClientKind.ENGINE, "acme", "e" * 16)
MEMBER = Client(ClientKind.MEMBER, "acme", "m" * 16, "main/0")
OTHER = Client(ClientKind.MEMBER, "beta", "n" * 16, "main/0")


@dataclass
class Clock:
    """Machine time that a test moves on."""

    ahead: float = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@dataclass
class Bench:
    """A server in operator mode and who rules it."""

    power: NatsAuthority
    url: str
    root: Path
    clock: Clock

    def place(self, client: Client) -> Path:
        place = self.root / client.token
        place.mkdir(exist_ok=True)
        self.power.issue(client, place)
        return place / CREDS_FILE

    async def connect(self, client: Client) -> NatsClient:
        return await self.connect_with(client, self.place(client))

    async def connect_with(self, client: Client, creds: Path) -> NatsClient:
        return await nats.connect(
            self.url,
            user_credentials=str(creds),
            inbox_prefix=subjects.inbox_prefix(client.token),
            allow_reconnect=False,
            connect_timeout=5,
        )

    async def is_refused(self, client: Client) -> None:
        """Try the credentials that the client has, made when it never had any."""
        creds = self.root / client.token / CREDS_FILE
        with pytest.raises(nats.errors.Error):
            await self.connect_with(client, creds if creds.exists() else self.place(client))


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    folder = DataFolder(tmp_path / "data")
    folders.prepare(folder)
    clock = Clock()
    # A port is needed before the configuration is, so the address is filled in afterwards.
    power = NatsAuthority(folder, "", clock)
    with nats_server.running(folder.root / "nats", power.server_configuration()) as server:
        bench = Bench(NatsAuthority(folder, server.url, clock), server.url, tmp_path, clock)
        yield bench
        await bench.power.close()


async def test_a_client_of_the_documents_gets_in_and_nobody_else(bench: Bench) -> None:
    await bench.is_refused(MEMBER)
    await bench.power.push([MEMBER])
    client = await bench.connect(MEMBER)
    await nats_authority.settled(client)
    await client.close()


async def test_a_member_that_left_is_cut_off_and_stays_out(bench: Bench) -> None:
    await bench.power.push([ENGINE, MEMBER])
    client = await bench.connect(MEMBER)
    await bench.power.push([ENGINE])
    await eventually(lambda: client.is_closed)
    await bench.is_refused(MEMBER)
    engine = await bench.connect(ENGINE)
    await engine.close()


async def test_a_client_that_left_may_come_back(bench: Bench) -> None:
    await bench.power.push([ENGINE, MEMBER])
    await (await bench.connect(MEMBER)).close()
    await bench.power.push([ENGINE])

    await bench.power.push([ENGINE, MEMBER])

    await (await bench.connect(MEMBER)).close()


async def test_accounts_are_pushed_again_when_the_server_forgot_them(bench: Bench) -> None:
    await bench.power.push([MEMBER, OTHER])
    again = NatsAuthority(DataFolder(bench.root / "data"), bench.url, bench.clock)
    await again.push([MEMBER, OTHER])
    try:
        client = await bench.connect(OTHER)
        await client.close()
    finally:
        await again.close()


async def test_a_running_client_is_renewed_and_a_stranger_is_not(bench: Bench) -> None:
    await bench.power.push([MEMBER])
    answering = asyncio.create_task(bench.power.answer_renewals())
    before, seed = nats_jwt.read_credentials(read(bench.place(MEMBER)))
    bench.clock.ahead = 1000.0
    client = await bench.connect(MEMBER)
    try:
        public = nats_jwt.public_key(seed)
        assert nats_jwt.read(await renewed(client, public))["exp"] > nats_jwt.read(before)["exp"]
        stranger = nats_jwt.public_key(nats_jwt.new_seed(nats_jwt.USER))
        assert await renewed(client, stranger) == ""
    finally:
        await client.close()
        answering.cancel()
        await asyncio.gather(answering, return_exceptions=True)


async def renewed(client: NatsClient, public: str) -> str:
    request = RenewRequest(token=MEMBER.token, public_key=public)
    subject = subjects.renew(MEMBER.tenant, MEMBER.token)
    for _ in range(300):  # whoever answers may not listen yet
        try:
            answer = await client.request(subject, request.to_bytes(), timeout=20)
        except nats.errors.NoRespondersError:
            await asyncio.sleep(0.1)
            continue
        return RenewReply.model_validate_json(answer.data).jwt
    raise AssertionError("nobody answers")


def read(creds: Path) -> str:
    return creds.read_text()


def test_credentials_are_written_anew_only_near_their_end(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    folders.prepare(folder)
    clock = Clock()
    power = NatsAuthority(folder, "", clock)
    power.issue(MEMBER, tmp_path)
    first = (tmp_path / CREDS_FILE).read_text()
    clock.ahead = 3600.0
    power.issue(MEMBER, tmp_path)
    assert (tmp_path / CREDS_FILE).read_text() == first
    clock.ahead = 30 * 3600.0  # the machine slept longer than the JWT lives
    power.issue(MEMBER, tmp_path)
    jwt, seed = nats_jwt.read_credentials((tmp_path / CREDS_FILE).read_text())
    assert nats_jwt.read(jwt)["exp"] > clock() + 20 * 3600
    assert seed == nats_jwt.read_credentials(first)[1]
