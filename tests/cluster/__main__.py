"""The test cluster: `python -m cluster up|down|status|images|kubectl|helm`."""

import argparse
import fcntl
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from cluster import debian, images, processes, start
from cluster.commands import CommandError
from cluster.places import API_URL, FIRST, HOMES, KUBECONFIG, MAX_NODES, WEB_PORT, Node, cache
from cluster.progress import say
from cluster.stop import stop
from cluster.toolchain import ToolchainError


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let no second start or stop run meanwhile."""
    cache().mkdir(parents=True, exist_ok=True)
    descriptor = os.open(cache(), os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def up(count: int) -> None:
    """Bring up a cluster of so many nodes, unless just that runs."""
    nodes = [Node(index) for index in range(1, count + 1)]
    with one_at_a_time():
        if start.runs(nodes):
            say("the cluster runs already")
        else:
            debian.install(debian.NODE)
            start.start(nodes)
    say(f"API {API_URL}, web http://{FIRST.address}:{WEB_PORT}")
    say(f"export KUBECONFIG={KUBECONFIG}")


def make_images(registry: str, tag: str, base: str) -> None:
    """Build the platform's images; push them to a registry that is named, else load them."""
    debian.install(debian.IMAGES)
    with one_at_a_time():
        made = images.build(images.NAMES, registry or images.UNNAMED, tag, base)
        if registry:
            images.push(made)
            return
        for node in running():
            for archive in made.values():
                start.import_image(str(archive), [node])
            say(f"{node.name}: {len(made)} images loaded")


def running() -> list[Node]:
    """Return the nodes that run."""
    nodes = [Node(index) for index in range(1, MAX_NODES + 1)]
    return [node for node in nodes if processes.first(node) is not None]


def status() -> int:
    """Say what runs; return 1 when nothing does."""
    alive = running()
    if not alive:
        say("no cluster runs")
        return 1
    for node in alive:
        found = sorted(processes.programs(node).items())
        say(f"{node.name}: " + ", ".join(f"{name} {pid}" for name, pid in found))
    say(start.kubectl("get", "nodes,pods", "--all-namespaces", "--output=wide").rstrip())
    return 0


def program(name: str, words: list[str]) -> None:
    """Become one of the cluster's programs, with its administrator's rights."""
    path = start.PROGRAMS / name
    environment = {**os.environ, **HOMES, "KUBECONFIG": str(KUBECONFIG)}
    os.execve(path, (name, *words), environment)  # noqa: S606


def obstacle(command: str) -> str:
    """Return why this machine cannot obey; empty when it can."""
    if os.geteuid() != 0:
        return "the cluster needs root: it makes namespaces, mounts and control groups of its own"
    if command == "up" and shutil.which("go") is None:
        return "the cluster needs Go 1.26 or newer, which builds it"
    return ""


def main() -> int:
    """Obey one command."""
    parser = argparse.ArgumentParser(prog="cluster")
    commands = parser.add_subparsers(dest="command", required=True)
    beginning = commands.add_parser("up", help="bring the cluster up")
    beginning.add_argument("--nodes", type=int, choices=range(1, MAX_NODES + 1), default=1)
    beginning.add_argument("--if-possible", action="store_true", help="else say why")
    commands.add_parser("down", help="leave nothing of it but the build cache")
    commands.add_parser("status", help="say what runs")
    making = commands.add_parser("images", help="build the platform's images and load them")
    making.add_argument("--registry", default="", help="push there instead of loading")
    making.add_argument("--tag", default=images.version())
    making.add_argument("--base", default="", help="an image to stand on instead of our own")
    for name in ("kubectl", "helm"):
        commands.add_parser(name, help=f"run the cluster's {name}", add_help=False)
    chosen, words = parser.parse_known_args()
    if trouble := obstacle(chosen.command):
        say(trouble)
        content = chosen.command == "up" and chosen.if_possible and not os.environ.get("CI")
        return 0 if content else 2
    try:
        match chosen.command:
            case "up":
                up(chosen.nodes)
            case "down":
                with one_at_a_time():
                    stop()
            case "images":
                make_images(chosen.registry, chosen.tag, chosen.base)
            case "status":
                return status()
            case name:
                program(name, words)
    except (CommandError, ToolchainError, debian.PackagesError, start.StartError) as error:
        say(f"cluster: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
