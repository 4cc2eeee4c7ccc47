"""The story of a platform on Kubernetes, on a real node, with orders on their way in every step.

Each test is a step; any step may come after any other, but for the end.
"""

from pathlib import Path

import pytest
from cluster.story import chapters, judging, killing, leaving, suspending
from cluster.story.killing import Victim
from cluster.story.telling import Story

# The first one builds the images, begins the node and brings people.
pytestmark = [pytest.mark.node, pytest.mark.timeout(1800)]


def test_one_apply_is_ready_in_time(story: Story) -> None:
    assert story.took[chapters.ONE_APPLY] < chapters.READY_SECONDS


async def test_the_columns_tell_the_truth(story: Story) -> None:
    async with story.step("columns"):
        await chapters.columns_are_true(story)


async def test_members_come_and_go_and_accounts_move(story: Story) -> None:
    async with story.step("scale up"):
        await chapters.scale(story, "up", 3)
    async with story.step("scale down"):
        await chapters.scale(story, "down", 1)


async def test_an_upgrade_restarts_only_what_changed(story: Story) -> None:
    async with story.step("upgrade"):
        await chapters.upgrade(story)


async def test_a_suspended_tenant_opens_nothing_and_its_stops_go_on(story: Story) -> None:
    async with story.step("suspend"):
        await suspending.suspend(story)
    async with story.step("resume"):
        await suspending.resume(story)


@pytest.mark.parametrize(
    "victim",
    [
        Victim("member", is_member=True),
        *map(Victim, ("operator", "nats", "postgres", "kube-apiserver")),
    ],
    ids=lambda victim: victim.name,
)
async def test_a_part_that_is_killed_comes_back_alone(story: Story, victim: Victim) -> None:
    async with story.step(f"kill {victim.name}"):
        await killing.kill(story, victim)


async def test_a_lost_journal_is_no_loss(story: Story) -> None:
    async with story.step("kill a member, its journal is lost"):
        await killing.kill(
            story, Victim("member", is_member=True), lambda: killing.lose_journal(story)
        )


async def test_nothing_of_it_was_lost_or_doubled(story: Story, tmp_path: Path) -> None:
    async with story.step("the proof"):
        await judging.prove(story, tmp_path / "proof")
    await chapters.go_on(story)


async def test_a_deleted_tenant_waits_for_its_positions_and_leaves_what_it_retains(
    story: Story,
) -> None:
    async with story.step("delete, Retain"):
        await leaving.retain(story)


async def test_a_tenant_that_is_deleted_with_all_it_has_leaves_nothing(story: Story) -> None:
    async with story.step("delete, Delete"):
        await leaving.erase(story)


def test_an_uninstall_keeps_the_definitions(story: Story) -> None:
    with story.untraded("uninstall"):
        leaving.uninstall(story)


def test_the_guide_was_walked_to_its_end(story: Story) -> None:
    assert story.guide.left == set()
