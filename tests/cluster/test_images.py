"""The platform's images hold their program and what it imports, and run as Pod Security demands."""

import json
from pathlib import Path

import pytest
from cluster import images
from cluster.conftest import Cluster, load_platform
from cluster.test_workloads import run_once
from cluster.workloads import pod, pod_spec

PACKAGES = {
    "node": "ironbull_node",
    "operator": "ironbull_operator",
    "services": "ironbull_app",
    "paper": "ironbull_paper",
}
TAG = images.version()
# Says who runs, and what cannot be imported though nothing can be written.
LOOK = """
import getpass, importlib, json, os, pkgutil
found = importlib.import_module("{package}")
for module in pkgutil.walk_packages(found.__path__, "{package}."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
print(json.dumps([getpass.getuser(), os.getuid(), found.__file__]))
"""


@pytest.fixture(scope="module")
def built(cluster: Cluster) -> dict[str, Path]:
    """Build all images and load them."""
    return load_platform(cluster)


def test_no_image_is_heavier_than_its_goal(built: dict[str, Path]) -> None:
    base = len(images.layers_mb(images.saved("base")))
    found = {name: sum(images.layers_mb(images.saved(name))[base:]) for name in images.GOALS_MB}
    assert all(f"{images.UNNAMED}/ironbull-{name}:{TAG}" in built for name in found)
    assert {name: size for name, size in found.items() if size > images.GOALS_MB[name]} == {}


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("name", sorted(PACKAGES))
def test_an_image_imports_all_that_it_runs(cluster: Cluster, room: str, name: str) -> None:
    package = PACKAGES[name]
    image = f"{images.UNNAMED}/ironbull-{name}:{TAG}"
    said = run_once(
        cluster.kubectl, room, pod("look", pod_spec(image, LOOK.format(package=package)))
    )
    user, number, place = json.loads(said)
    assert (user, number) == ("ironbull", 10001)
    assert place == f"/opt/ironbull/{package}/__init__.py"
