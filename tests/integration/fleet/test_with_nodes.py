"""The fleet and sync roles with real members: leased, granted, read, handed over, taken over."""

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fixtures import nats_authority
from fixtures.fleet_desk import Desk
from fixtures.nats_authority import Authority
from fixtures.node_centre import NodeProcess
from fixtures.paper_process import PaperProcess, running_paper
from fixtures.waiting import eventually

from ironbull_app.db.repositories.fleet import begin_fleet
from ironbull_app.db.repositories.sync import begin_sync
from ironbull_app.db.unit_of_work import Database
from ironbull_app.processes import fleet, sync
from ironbull_kit.clocks import machine_now, monotonic
from ironbull_kit.nats_accounts import TenantClients
from ironbull_messages import subjects
from ironbull_messages.launch import NodeLaunch
from ironbull_messages.words import VenueType

FIRST, SECOND = "a" * 16, "b" * 16
WAIT_SECONDS = 90.0


class Nodes:
    """Starts members of the tenant's pool, and ends them all."""

    def __init__(self, folder: Path, authority: Authority, paper: PaperProcess, key: str) -> None:
        self._folder = folder
        self._authority = authority
        self._paper = paper
        self._key = key
        self.ends = ExitStack()

    def start(self, token: str) -> NodeProcess:
        place = self._folder / token
        place.mkdir()
        launch = NodeLaunch.read(
            {
                "IRONBULL_NATS_URL": self._authority.url,
                "IRONBULL_NATS_CREDS": str(self._authority.creds("member", "acme", token)),
                "IRONBULL_TENANT": "acme",
                "IRONBULL_TOKEN": token,
                "IRONBULL_STATE_DIR": str(place / "state"),
                "IRONBULL_VENUE": VenueType.BINANCE.value,
                "IRONBULL_VENUE_URL": self._paper.url,
                "IRONBULL_CENTRE_KEY": self._key,
                "IRONBULL_HEALTH_FILE": str(place / "health.json"),
            }
        )
        node = NodeProcess(place, launch.to_environment())
        node.start()
        self.ends.callback(node.kill)
        return node


@pytest.fixture
def paper(tmp_path: Path) -> Iterator[PaperProcess]:
    with running_paper(tmp_path / "paper") as running:
        yield running


@pytest.fixture
async def authority(tmp_path: Path) -> AsyncIterator[Authority]:
    async with nats_authority.running(tmp_path / "authority") as running:
        await running.push(TenantClients("acme", members=(FIRST, SECOND)))
        yield running


@pytest.fixture
async def nodes(
    tmp_path: Path, desk: Desk, database: Database, authority: Authority, paper: PaperProcess
) -> AsyncIterator[Nodes]:
    signing = Ed25519PrivateKey.generate()
    stopping = asyncio.Event()
    parts = fleet.FleetParts(
        client=authority.centre,
        begin=begin_fleet(database),
        keys=desk.keys,
        signing_key=signing,
        database_epoch="1",
        now=machine_now,
        monotonic=monotonic,
    )
    readings = sync.SyncParts(authority.centre, begin_sync(database), machine_now)
    roles = asyncio.gather(fleet.run(parts, stopping), sync.run(readings, stopping))
    key = base64.b64encode(signing.public_key().public_bytes_raw()).decode()
    nodes = Nodes(tmp_path, authority, paper, key)
    with nodes.ends:
        yield nodes
    stopping.set()
    await roles


def bind(desk: Desk, paper: PaperProcess, label: str) -> None:
    trader = paper.trader(label)
    desk.account("acme", trader.api_key, trader.secret)


async def test_a_bound_account_becomes_ready_with_its_balance(
    desk: Desk, nodes: Nodes, paper: PaperProcess
) -> None:
    desk.member("acme", FIRST)
    nodes.start(FIRST)

    bind(desk, paper, "one")

    await eventually(
        lambda: desk.rows("SELECT 1 FROM exchange_account WHERE state = 'ready'"), "a ready account"
    )
    assert desk.rows("SELECT wallet_usdt = 10000 FROM exchange_account") == [(True,)]


async def test_an_account_with_wrong_keys_fails_with_the_venues_code(
    desk: Desk, nodes: Nodes
) -> None:
    desk.member("acme", FIRST)
    nodes.start(FIRST)

    desk.account("acme", "no-such-key", "no-such-secret")

    await eventually(
        lambda: desk.rows("SELECT 1 FROM exchange_account WHERE state = 'failed'"), "the refusal"
    )
    assert desk.rows("SELECT venue_code IS NOT NULL FROM exchange_account") == [(True,)]


async def test_a_member_that_drains_hands_over_and_a_killed_one_is_taken_over(
    desk: Desk, nodes: Nodes, paper: PaperProcess
) -> None:
    for index, token in enumerate((FIRST, SECOND)):
        desk.member("acme", token, index)
    first = nodes.start(FIRST)
    bind(desk, paper, "one")
    holder = "SELECT 1 FROM exchange_account WHERE member_token = %s AND read_at IS NOT NULL"
    await eventually(lambda: desk.rows(holder, FIRST), "the first lease")
    second = nodes.start(SECOND)
    await eventually(
        lambda: desk.rows("SELECT 1 FROM member WHERE token = %s AND lease_until > now()", SECOND),
        "the second member",
    )

    assert first.stop() == 0
    await eventually(lambda: desk.rows(holder, SECOND), "the hand-over")
    restarted = NodeProcess(first.folder, first.environment)
    nodes.ends.callback(restarted.kill)
    restarted.start()
    await eventually(
        lambda: desk.rows(
            "SELECT 1 FROM member WHERE token = %s AND NOT is_draining AND lease_until > now()",
            FIRST,
        ),
        "the first again",
    )
    second.kill()

    await eventually(lambda: desk.rows(holder, FIRST), "the take-over")
    assert desk.rows("SELECT epoch >= 3 FROM exchange_account") == [(True,)]


async def test_streams_and_lanes_come_back_when_the_store_is_wiped(
    desk: Desk, nodes: Nodes, authority: Authority
) -> None:
    desk.member("acme", FIRST)
    nodes.start(FIRST)
    await eventually(
        lambda: desk.rows("SELECT 1 FROM member WHERE last_beat_at IS NOT NULL"), "a beat"
    )
    js = authority.centre.jetstream()

    for name in subjects.STREAM_SUBJECTS:
        await js.delete_stream(name)

    deadline = time.monotonic() + WAIT_SECONDS
    while len(await js.consumers_info(subjects.TASKS) if await _exists(authority) else []) < 2:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.2)


async def _exists(authority: Authority) -> bool:
    names = [one.config.name for one in await authority.centre.jetstream().streams_info()]
    return set(names) == set(subjects.STREAM_SUBJECTS)
