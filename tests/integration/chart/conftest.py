"""Helm, built from its module once per machine and then taken from the cache."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cluster import toolchain
from cluster.places import cache
from integration.chart.rendering import Helm, Object

BUILD_SECONDS = 1800


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the test that comes first on a machine the time to build Helm."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(BUILD_SECONDS))


@pytest.fixture(scope="session")
def helm() -> Helm:
    with _one_at_a_time():
        try:
            return Helm(toolchain.build_one("helm"))
        except toolchain.ToolchainError as error:
            if os.environ.get("CI"):
                raise
            pytest.skip(f"no Helm: {str(error).splitlines()[0]}")


@pytest.fixture(scope="session")
def default_objects(helm: Helm) -> list[Object]:
    return helm.objects()


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Let no second worker build meanwhile."""
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / "helm.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
