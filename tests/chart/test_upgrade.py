"""A real API server takes this chart over the last release, and that release back."""

from pathlib import Path

import pytest
from chart.desk import Desk
from integration.chart import released
from integration.chart.rendering import CHART, NAMESPACE, RELEASE

SETS = "deployments,statefulsets"


@pytest.fixture
def installed_before(desk: Desk, tmp_path: Path) -> Desk:
    """Give the chart of the last release installed, whatever was installed before."""
    chart = released.unpacked(tmp_path)
    desk.run("uninstall", RELEASE, "--no-hooks", "--ignore-not-found")
    desk.run("install", RELEASE, str(chart), "--take-ownership")
    return desk


def test_an_upgrade_and_the_way_back_are_taken(installed_before: Desk) -> None:
    def uids() -> dict[str, str]:
        found = installed_before.kubectl.get(SETS, f"--namespace={NAMESPACE}")["items"]
        return {one["metadata"]["name"]: one["metadata"]["uid"] for one in found}

    before = uids()
    assert len(before) >= 6
    installed_before.run("upgrade", RELEASE, str(CHART), "--reset-then-reuse-values")
    assert before.items() <= uids().items()
    assert "superseded" in installed_before.run("history", RELEASE)
    installed_before.run("rollback", RELEASE, "1")
    assert uids() == before
