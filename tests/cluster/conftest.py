"""The cluster under test: this project's own, begun when needed, or one that the user names."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
import yaml
from cluster import api_only, debian, images, processes, start, toolchain, turns
from cluster.kubectl import Kubectl
from cluster.places import KUBECONFIG, ROOT, Node
from cluster.stop import stop
from cluster.workloads import namespace

# A cluster of the user's, by the path of its kubeconfig; never taken from KUBECONFIG itself.
NAMED = os.environ.get("CLUSTER_KUBECONFIG", "")
DELETE_SECONDS = 120
SERVED_SECONDS = 60
CRDS = ROOT / "crds"


NEEDS_A_NODE = frozenset({"cluster", "node", "no_cluster"})


def pytest_configure(config: pytest.Config) -> None:
    """Know the marks by which `make cluster-test` chooses with NODES=0, 1 and 2."""
    config.addinivalue_line("markers", "node: runs on a node; marked by what it asks for")
    config.addinivalue_line("markers", "two_nodes: begins the cluster anew, with two nodes")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what runs on a node."""
    for item in items:
        if isinstance(item, pytest.Function) and NEEDS_A_NODE.intersection(item.fixturenames):
            item.add_marker("node")


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


@cache
def _platform() -> dict[str, Path]:
    return images.build(images.NAMES, images.UNNAMED, images.version(), "")


@cache
def _load_platform(node: Node, _life: int | None) -> None:
    for archive in _platform().values():
        start.import_image(str(archive), [node])


def load_platform(cluster: Cluster) -> dict[str, Path]:
    """Give the nodes the platform's images under the chart's own names; return their archives.

    They are built once in a run of tests, and loaded once in a node's life.
    """
    for node in cluster.nodes:
        _load_platform(node, processes.first(node))
    return _platform()


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


@pytest.fixture(scope="session")
def api() -> Iterator[Kubectl]:
    """Give an API for what needs no node: of the cluster that the user names, else one alone."""
    if NAMED:
        found = shutil.which("kubectl")
        assert found, "a named cluster needs kubectl on the path"
        yield Kubectl(found, NAMED)
        return
    with tempfile.TemporaryDirectory(prefix="ironbull-api-") as place:
        programs, folder = Path(place) / "bin", Path(place) / "api"
        try:
            toolchain.build_all(programs)
        except toolchain.ToolchainError as error:
            if os.environ.get("CI"):
                raise
            pytest.skip(f"no Kubernetes: {str(error).splitlines()[0]}")
        folder.mkdir()
        with api_only.running(programs, folder) as kubeconfig:
            yield Kubectl(str(programs / "kubectl"), str(kubeconfig))


def define(api: Kubectl) -> None:
    """Make a cluster know our kinds as they are rendered."""
    api("apply", "--server-side", "--force-conflicts", f"--filename={CRDS}")
    for path in sorted(CRDS.glob("*.yaml")):
        name = yaml.safe_load(path.read_text())["metadata"]["name"]
        api("wait", f"crd/{name}", "--for=condition=Established", f"--timeout={SERVED_SECONDS}s")


@pytest.fixture(scope="session")
def defined(api: Kubectl) -> Kubectl:
    """Give an API that knows our kinds."""
    define(api)
    return api


@pytest.fixture(scope="session")
def documents_room(defined: Kubectl) -> Iterator[str]:
    """Give a namespace for documents alone, which nobody waits for at the end."""
    name = f"test-{uuid.uuid4().hex[:8]}"
    defined.apply(namespace(name))
    yield name
    defined("delete", "namespace", name, "--wait=false")


def _namespace(kubectl: Kubectl) -> Iterator[str]:
    name = f"test-{uuid.uuid4().hex[:8]}"
    kubectl.apply(namespace(name))
    yield name
    kubectl("delete", "namespace", name, f"--timeout={DELETE_SECONDS}s")


@pytest.fixture
def api_room(api: Kubectl) -> Iterator[str]:
    """Give an empty namespace where no node is needed."""
    yield from _namespace(api)


@pytest.fixture
def room(cluster: Cluster) -> Iterator[str]:
    """Give an empty namespace of the cluster of one node; only restricted pods may enter."""
    yield from _namespace(cluster.kubectl)


@pytest.fixture
def room_on_two(two_nodes: Cluster) -> Iterator[str]:
    """Give an empty namespace of the cluster of two nodes."""
    yield from _namespace(two_nodes.kubectl)
