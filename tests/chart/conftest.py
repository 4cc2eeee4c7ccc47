"""The chart, installed on a real API server with its controllers, and without any node."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from chart import kinds_of_others
from chart.desk import Desk
from cluster import api_only, toolchain
from cluster.kubectl import Kubectl
from integration.chart.rendering import CHART, NAMESPACE, RELEASE


@pytest.fixture(scope="session")
def desk() -> Iterator[Desk]:
    """Give an API server with the chart's namespace, which only restricted pods may enter."""
    with tempfile.TemporaryDirectory(prefix="ironbull-chart-") as place:
        folder = Path(place)
        try:
            toolchain.build_all(folder / "bin")
        except toolchain.ToolchainError as error:
            if os.environ.get("CI"):
                raise
            pytest.skip(f"no Kubernetes: {str(error).splitlines()[0]}")
        (folder / "api").mkdir()
        with api_only.running(folder / "bin", folder / "api") as kubeconfig:
            kubectl = Kubectl(str(folder / "bin" / "kubectl"), str(kubeconfig))
            kubectl("create", "namespace", NAMESPACE)
            kubectl(
                "label", "namespace", NAMESPACE, "pod-security.kubernetes.io/enforce=restricted"
            )
            yield Desk(folder / "bin" / "helm", kubectl)


@pytest.fixture
def installed(desk: Desk) -> Desk:
    """Give the chart installed without values, whatever was installed before."""
    desk.run("upgrade", RELEASE, str(CHART), "--install", "--reset-values", "--take-ownership")
    return desk


@pytest.fixture(scope="module")
def installed_once(desk: Desk) -> Desk:
    """Give the chart installed, for who only asks; it may have been upgraded since."""
    desk.run("upgrade", RELEASE, str(CHART), "--install", "--reset-values", "--take-ownership")
    return desk


@pytest.fixture(scope="module")
def others(desk: Desk) -> Iterator[None]:
    """Have the API server serve the kinds of others that the chart knows."""
    with kinds_of_others.served(desk.kubectl):
        yield
