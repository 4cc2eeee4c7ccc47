"""Bring the cluster up: files, nodes, network, API, and what lies in it from the beginning."""

import datetime as dt
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from cluster import archive, certificates, cgroups, network, node_config, objects, processes
from cluster import programs as node_programs
from cluster.commands import CommandError, output, succeeds, tail
from cluster.init import answers
from cluster.places import (
    FIRST,
    HERE,
    KUBECONFIG,
    PKI,
    RUN,
    WEB_PORT,
    Node,
)
from cluster.progress import say
from cluster.stop import make_covered_folders, stop
from cluster.toolchain import build_all

WAIT_SECONDS = 120.0
POLL_SECONDS = 0.1
LOG_LINES = 8
SPACES = ("--fork", "--pid", "--mount", "--net", "--uts", "--ipc", "--mount-proc", "--kill-child")
PROGRAMS = RUN / "bin"


class StartError(Exception):
    """The cluster did not come up; the message holds the last lines of the logs."""


def kubectl(*words: str, given: str | None = None) -> str:
    """Return what the cluster's own kubectl prints for its administrator."""
    return output(str(PROGRAMS / "kubectl"), f"--kubeconfig={KUBECONFIG}", *words, given=given)


def import_image(file: str, nodes: Sequence[Node]) -> None:
    """Give an archive's images to the nodes."""
    for node in nodes:
        output(
            "ctr", f"--address={node.containerd}", "--namespace=k8s.io", "images", "import", file
        )


def _wait(what: str, holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            logs = sorted(RUN.glob("node-*/log/*.log"))
            words = "\n".join(f"--- {path}\n{tail(path, LOG_LINES)}" for path in logs)
            raise StartError(f"no {what} after {WAIT_SECONDS:.0f} s\n{words}")
        time.sleep(POLL_SECONDS)


def _begin(node: Node) -> subprocess.Popen[str]:
    """Start a node's first process, which waits for a word on the pipe of what is returned."""
    with (node.folder / "log" / "init.log").open("ab") as log:
        return subprocess.Popen(
            ("setsid", "--fork", "unshare", *SPACES, "--propagation=slave",
             sys.executable, "-m", "cluster.init", str(node.spec)),
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            env={"PATH": _path(), "PYTHONPATH": str(HERE.parent), "LANG": "C.UTF-8"},
            cwd="/",
            text=True,
        )  # fmt: skip


def _path() -> str:
    return "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def _first(node: Node) -> int:
    _wait(f"first process of {node.name}", lambda: processes.first(node) is not None)
    pid = processes.first(node)
    if pid is None:
        raise StartError(f"{node.name} has ended at once: see {node.folder}/log/init.log")
    return pid


def _start_nodes(nodes: Sequence[Node]) -> None:
    held = [_begin(node) for node in nodes]
    pids = {node: _first(node) for node in nodes}
    network.lay_first(pids[FIRST])
    for node in nodes:
        if node != FIRST:
            network.lay_second(pids[FIRST], node, pids[node])
    for process in held:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.close()
        process.wait()


def _write_files(nodes: Sequence[Node]) -> None:
    for node in nodes:
        node_config.write_all(node)
        cgroups.make(node)
        node_programs.spec(node, PROGRAMS).write(node.spec)
    certificates.write_all(nodes, dt.datetime.now(dt.UTC))
    KUBECONFIG.touch(0o600)
    KUBECONFIG.write_bytes((PKI / "admin.kubeconfig").read_bytes())


def _give_images(nodes: Sequence[Node]) -> None:
    pause = RUN / "pause.tar"
    archive.write(pause, node_config.PAUSE_IMAGE, PROGRAMS / "pause")
    for node in nodes:
        _wait(f"containerd of {node.name}", lambda node=node: answers(f"unix:{node.containerd}"))  # type: ignore[misc]
    import_image(str(pause), nodes)


def _all_ready(nodes: Sequence[Node]) -> bool:
    path = 'jsonpath={.items[*].status.conditions[?(@.type=="Ready")].status}'
    return kubectl("get", "nodes", "--output", path).split() == ["True"] * len(nodes)


def runs(nodes: Sequence[Node]) -> bool:
    """Tell whether a cluster of just these nodes runs and is ready."""
    try:
        return KUBECONFIG.exists() and _all_ready(nodes)
    except CommandError:
        return False


def start(nodes: Sequence[Node]) -> None:
    """Build what is not built, remove what an earlier run left, and bring the cluster up.

    Raises:
        StartError: when a part does not become ready in time.
    """
    stop()
    RUN.mkdir(mode=0o711)
    seconds = build_all(PROGRAMS)
    say(f"binaries: {seconds:.1f} s")
    network.refuse_taken_addresses()
    began = time.monotonic()
    make_covered_folders()
    _write_files(nodes)
    _start_nodes(nodes)
    _give_images(nodes)
    ready = (str(PROGRAMS / "kubectl"), f"--kubeconfig={KUBECONFIG}", "get", "--raw=/readyz")
    _wait("API", lambda: succeeds(*ready))
    say(f"API: ready after {time.monotonic() - began:.1f} s")
    kubectl("apply", "--server-side", "--filename=-", given=objects.all_of(nodes))
    _wait("ready nodes", lambda: runs(nodes))
    _wait("names", lambda: answers(f"tcp:{FIRST.address}:53"))
    _wait("ingress", lambda: answers(f"tcp:{FIRST.address}:{WEB_PORT}"))
    say(
        f"nodes: {', '.join(node.name for node in nodes)} ready after "
        f"{time.monotonic() - began:.1f} s"
    )
