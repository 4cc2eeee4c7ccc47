"""The cluster under test: this project's own, begun when needed, or one that the user names."""

import os
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pytest
from cluster import debian, images, start, turns
from cluster.kubectl import Kubectl
from cluster.places import KUBECONFIG, Node
from cluster.stop import stop
from cluster.workloads import namespace

# A cluster of the user's, by the path of its kubeconfig; never taken from KUBECONFIG itself.
NAMED = os.environ.get("CLUSTER_KUBECONFIG", "")
DELETE_SECONDS = 120


def pytest_configure(config: pytest.Config) -> None:
    """Know the mark of what `make cluster-test` runs only with NODES=2."""
    config.addinivalue_line("markers", "two_nodes: begins the cluster anew, with two nodes")


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running cluster of ours, with an image that has Python."""

    nodes: tuple[Node, ...]
    kubectl: Kubectl
    image: str


def _demand_a_machine_that_can() -> None:
    if NAMED:
        pytest.skip("this needs nodes of the project's own cluster, not a named one")
    if os.environ.get("CI"):
        return  # there, what is missing fails
    if os.geteuid() != 0 or shutil.which("go") is None:
        pytest.skip("the cluster needs root and Go")


@cache
def _base() -> str:
    debian.install(debian.IMAGES)
    (image,) = images.build((), images.REGISTRY, "none", "")
    return image


def running(count: int) -> Cluster:
    """Return our cluster of so many nodes, begun anew when just that does not run."""
    _demand_a_machine_that_can()
    turns.take()
    nodes = tuple(Node(index) for index in range(1, count + 1))
    image = _base()
    if not start.runs(nodes):
        debian.install(debian.NODE)
        start.start(nodes)
    start.import_image(str(images.saved("base")), nodes)
    return Cluster(nodes, Kubectl(str(start.PROGRAMS / "kubectl"), str(KUBECONFIG)), image)


@pytest.fixture(scope="module")
def cluster() -> Cluster:
    """Give the cluster of one node."""
    return running(1)


@pytest.fixture(scope="module")
def two_nodes() -> Cluster:
    """Give the cluster of two nodes."""
    return running(2)


@pytest.fixture
def no_cluster() -> Iterator[None]:
    """Give the machine without a cluster, before and after."""
    _demand_a_machine_that_can()
    turns.take()
    stop()
    yield
    stop()


@pytest.fixture(scope="module")
def api() -> Kubectl:
    """Give any cluster's API: the one that the user names, else our own."""
    if NAMED:
        found = shutil.which("kubectl")
        assert found, "a named cluster needs kubectl on the path"
        return Kubectl(found, NAMED)
    return running(1).kubectl


def _namespace(kubectl: Kubectl) -> Iterator[str]:
    name = f"test-{uuid.uuid4().hex[:8]}"
    kubectl.apply(namespace(name))
    yield name
    kubectl("delete", "namespace", name, f"--timeout={DELETE_SECONDS}s")


@pytest.fixture
def room(api: Kubectl) -> Iterator[str]:
    """Give an empty namespace of any cluster; only restricted pods may enter."""
    yield from _namespace(api)


@pytest.fixture
def room_on_two(two_nodes: Cluster) -> Iterator[str]:
    """Give an empty namespace of the cluster of two nodes."""
    yield from _namespace(two_nodes.kubectl)
