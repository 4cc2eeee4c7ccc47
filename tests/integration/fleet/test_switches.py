"""A turned switch reaches every member at once, by a bell and not by the next beat."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fixtures import nats_authority
from fixtures.fleet_desk import Desk
from fixtures.nats_authority import Authority, settled
from fixtures.waiting import eventually
from nats.aio.msg import Msg

from ironbull_app.db.repositories.fleet import begin_fleet
from ironbull_app.db.repositories.kill_switches import KillSwitchStore
from ironbull_app.db.unit_of_work import Database
from ironbull_app.ports.kill_switches import Author
from ironbull_app.processes import controls
from ironbull_kit.clocks import machine_now
from ironbull_kit.nats_accounts import TenantClients
from ironbull_local.database import RoleUrls
from ironbull_messages import subjects
from ironbull_messages.fleet import Control, Kill
from ironbull_messages.ids import StrategyName

FIRST = "a" * 16
AUTHOR = Author("staff", "because")


@pytest.fixture
async def authority(tmp_path: Path) -> AsyncIterator[Authority]:
    async with nats_authority.running(tmp_path / "authority") as running:
        await running.push(TenantClients("acme", members=(FIRST,)))
        yield running


async def test_a_trip_is_pushed_to_members_and_a_rearming_too(
    desk: Desk, database: Database, role_urls: RoleUrls, authority: Authority
) -> None:
    desk.member("acme", FIRST)
    heard: list[Control] = []

    async def hear(message: Msg) -> None:
        heard.append(Control.model_validate_json(message.data))

    member = await authority.connect("member", "acme", FIRST)
    await member.subscribe(subjects.control("acme", FIRST), cb=hear)
    await settled(member)
    stopping = asyncio.Event()
    role = asyncio.create_task(
        controls.run(
            begin_fleet(database), role_urls.platform, authority.centre, machine_now, stopping
        )
    )

    async def turn(*, is_tripped: bool) -> None:
        async with database.platform() as tx:
            await KillSwitchStore(tx).turn("acme", "trend", AUTHOR, is_tripped=is_tripped)

    async def is_heard() -> bool:
        """Trip until the role listens: it may not have begun to."""
        await turn(is_tripped=True)
        return bool(heard)

    await eventually(is_heard, "the trip heard")
    assert heard[-1].kills == (Kill(scope="strategy", strategy=StrategyName("trend")),)
    await turn(is_tripped=False)
    await eventually(lambda: heard[-1].kills == (), "the re-arming heard")
    stopping.set()
    await role
    await member.close()
