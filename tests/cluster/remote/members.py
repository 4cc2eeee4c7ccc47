"""Members elsewhere: each is started from its bundle alone, in a network of its own."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cluster.operator_desk import until
from cluster.remote.stage import FAR, PLACES, Stage
from tools import node_executable

from ironbull_local import tether, view
from ironbull_messages.launch import CREDS_FILE

ALSO = ("libm.so.6", "librt.so.1", "libutil.so.1", "libresolv.so.2")
"""Of the C library too, and asked for by what is inside of the executable."""


@dataclass(slots=True)
class Member:
    """A process elsewhere, and its folder as this machine sees it."""

    tenant: str
    folder: Path
    process: subprocess.Popen[bytes]
    began: float

    @property
    def creds(self) -> Path:
        """The file that it renews."""
        return self.folder / f"ironbull-{self.tenant}-{FAR}-0" / CREDS_FILE

    @property
    def log(self) -> str:
        """What it has said."""
        return (self.folder / "log").read_text(errors="replace")


@contextmanager
def by_python(stage: Stage, tenant: str) -> Iterator[Member]:
    """Start a member as the pool's own message says, with an environment of nothing but a path."""
    folder = stage.desk.folder / f"elsewhere-{tenant}"
    folder.mkdir(mode=0o700)
    line = _fetch(stage, tenant, folder)
    path = f"PATH={Path(sys.executable).parent}:/usr/bin:/bin"
    words = ("env", "-i", path, "sh", "-c", f"exec {line}")
    with _started(stage, tenant, folder, *words) as member:
        yield member


@contextmanager
def by_executable(stage: Stage, tenant: str) -> Iterator[Member]:
    """Start a member as one file, in a root folder with that file and its libraries alone."""
    folder = stage.desk.folder / f"elsewhere-{tenant}"
    folder.mkdir(mode=0o700)
    lay_root(folder)
    line = _fetch(stage, tenant, folder)
    words = line.replace("python3 -m ironbull_node", f"/{node_executable.EXECUTABLE.name}")
    assert words != line
    chroot = shutil.which("chroot")
    assert chroot is not None
    command = ("env", "-i", chroot, str(folder), *words.split())
    with _started(stage, tenant, folder, *command) as member:
        yield member


def lay_root(folder: Path) -> None:
    """Make a root folder that holds the executable, what `ldd` finds for it, and a place to unpack.

    It holds no Python, no shell and no other file.
    """
    executable = node_executable.build()
    size = executable.stat().st_size / 1_000_000
    shutil.copy(executable, folder / executable.name)
    (folder / "tmp").mkdir()
    told = subprocess.run(("ldd", executable), capture_output=True, text=True, check=True).stdout
    found = [Path(word) for word in told.split() if word.startswith("/")]
    libc = next(path for path in found if path.name.startswith("libc.so"))
    found += [libc.with_name(name) for name in ALSO]
    for path in found:
        (folder / path.relative_to("/")).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path.resolve(), folder / path.relative_to("/"))
    names = ", ".join(sorted(path.name for path in found))
    view.line(f"the executable: {size:.1f} MB; beside it its root holds {names}")


def _fetch(stage: Stage, tenant: str, folder: Path) -> str:
    """Run the first half of the line that the pool tells; return the second, which starts it."""
    desk, words = stage.desk, ("xn", FAR, f"--namespace={PLACES[tenant]}")
    until(lambda: desk.ready(*words).get("reason") == "MembersAwaited", f"{tenant} waits for it")
    _, _, line = desk.ready(*words)["message"].partition("should run: ")
    fetch, _, start = line.partition(" && ")
    environment = {
        "PATH": f"{desk.folder / 'bin'}:{os.environ['PATH']}",
        "KUBECONFIG": str(desk.kubeconfig), "KUBECACHEDIR": str(desk.folder / "kubectl"),
    }  # fmt: skip
    subprocess.run(
        ("bash", "-c", f"set -euo pipefail; {fetch}"), cwd=folder, env=environment, check=True
    )
    return start


@contextmanager
def _started(stage: Stage, tenant: str, folder: Path, *words: str) -> Iterator[Member]:
    there = stage.machines[tenant]
    with (folder / "log").open("wb") as log:
        process = tether.start(there.inside(*words), log=log, folder=folder, env={})
    try:
        yield Member(tenant, folder, process, time.monotonic())
    finally:
        tether.stop(process)
