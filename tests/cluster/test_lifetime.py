"""A cluster leaves nothing on its machine but the build cache, however it ended."""

import os
import signal
import subprocess
import sys
import time

import pytest
from cluster import machine, processes
from cluster.conftest import running
from cluster.kubectl import as_list, eventually
from cluster.places import FIRST, HERE, RUN
from cluster.stop import stop
from cluster.workloads import web

PATIENCE_SECONDS = 60


@pytest.fixture
def before(no_cluster: None) -> machine.Machine:
    """Give the machine as it was before the cluster."""
    assert no_cluster is None
    return machine.look()


def settled(before: machine.Machine) -> dict[str, list[str]]:
    """Return what is left; the kernel ends namespaces a moment after their last process."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while found := machine.left(before, machine.look()):
        if time.monotonic() > deadline:
            break
        time.sleep(1)
    return found


def test_a_look_finds_what_a_running_cluster_is(before: machine.Machine) -> None:
    running(1)
    found = machine.left(before, machine.look())
    demanded = {"links", "routes", "spaces", "control_groups", "files", "processes"}
    assert demanded <= set(found)
    assert {"settings", "mounts", "firewall"} & set(found) == set()


def test_nothing_is_left_of_a_cluster_with_pods(before: machine.Machine) -> None:
    cluster = running(1)
    cluster.kubectl("apply", "--filename=-", given=as_list(*web("web", cluster.image)))
    cluster.kubectl("rollout", "status", "deployment/web", "--timeout=60s")
    stop()
    assert settled(before) == {}


def test_nothing_is_left_of_a_node_that_was_killed(before: machine.Machine) -> None:
    cluster = running(1)
    cluster.kubectl("apply", "--filename=-", given=as_list(*web("web", cluster.image)))
    cluster.kubectl("rollout", "status", "deployment/web", "--timeout=60s")
    first = processes.first(FIRST)
    assert first is not None
    os.kill(first, signal.SIGKILL)
    eventually(lambda: not processes.of_cluster(), PATIENCE_SECONDS)
    stop()
    assert settled(before) == {}


@pytest.mark.parametrize("part", ["node.json", "log/init.log", "log/kube-apiserver.log"])
def test_nothing_is_left_when_the_starter_was_killed(before: machine.Machine, part: str) -> None:
    # The part is a file that the start writes early, later, and late.
    with subprocess.Popen(
        (sys.executable, "-m", "cluster", "up"),
        env={**os.environ, "PYTHONPATH": str(HERE.parent)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as starter:
        eventually((FIRST.folder / part).exists, PATIENCE_SECONDS)
        starter.kill()
    stop()
    assert not RUN.exists()
    assert settled(before) == {}
