"""A platform that trades in pods, for all of the story; what it says is seen while it runs."""

import asyncio
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from cluster.conftest import load_platform, running
from cluster.story import chapters, guide, leaving, scenery
from cluster.story.stage import Stage
from cluster.story.telling import Story


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
    """Let a step's lines be seen at once."""
    with _aloud(pyfuncitem.config):
        return (yield)


@pytest.fixture(scope="session")
def story(pytestconfig: pytest.Config) -> Iterator[Story]:
    """Install the chart, apply the guide's tenant and the demo's rest, and bring people to it."""
    with _aloud(pytestconfig):
        cluster = running(1)
        load_platform(cluster)
        told = Story(Stage(cluster), guide.read())
    try:
        with _aloud(pytestconfig):
            _begin(told)
        yield told
    finally:
        leaving.clear(cluster.kubectl)


def _begin(told: Story) -> None:
    with told.untraded("install: the chart is ready"):
        chapters.install(told)
    with told.untraded(chapters.ONE_APPLY):
        chapters.first_tenant(told)
    with told.untraded("the demo's other documents are Ready"):
        scenery.grow(told.stage.kubectl)
    told.stage.open_ways()
    with told.untraded("people come in through the Ingress, and trades settle"):
        asyncio.run(chapters.begin_trading(told))


def _aloud(config: pytest.Config) -> AbstractContextManager[None]:
    capture: Any = config.pluginmanager.getplugin("capturemanager")
    told: AbstractContextManager[None] = capture.global_and_fixture_disabled()
    return told
