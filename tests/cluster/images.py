"""The platform's images: built from charts/images on a base, then loaded or pushed.

The base is a Debian with Python and nothing else, or whatever image the user names.
"""

import json
import os
import shlex
import sys
import tarfile
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path

from cluster.buildah import BUILD_SECONDS, Buildah, buildah
from cluster.commands import output
from cluster.places import ROOT, cache
from cluster.progress import say
from cluster.toolchain import digest, keep

CONTAINERFILES = Path("charts") / "images"
NAMES = ("node", "operator", "services", "paper", "trial")
# What an image may weigh above its base; the others have no goal.
GOALS_MB = {"node": 120, "operator": 130, "services": 150}
# Of what is built on the way and nobody else sees.
REGISTRY = "registry.test"
# What a runtime reads into a name without a registry, as the chart's are while no value names one.
UNNAMED = "docker.io/library"
SUITE = "trixie"
PACKAGES = "python3,ca-certificates"
# strip, which takes from libraries what only a debugger reads
BUILDER_TOOLS = "binutils"
LEFT_OUT = ("doc", "man", "locale", "info")
# The settings of a machine's package index; no image may remember them.
INDEX_SETTINGS = ("UV_", "PIP_", "SSL_CERT_")
PROXIES = ("http_proxy", "https_proxy", "no_proxy")
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


def version() -> str:
    """Return the version that all members have."""
    project = tomllib.loads((ROOT / "operator" / "pyproject.toml").read_text())
    return str(project["project"]["version"])


def _debian(folder: Path) -> None:
    """Write Debian's root as a tar file."""
    say(f"base: begins, Debian {SUITE} with {PACKAGES}")
    began = time.monotonic()
    excluded = (f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in LEFT_OUT)
    output(
        "mmdebstrap", "--quiet", "--variant=minbase", f"--include={PACKAGES}", *excluded, SUITE,
        str(folder / "root.tar"), seconds=BUILD_SECONDS,
    )  # fmt: skip
    say(f"base: done in {time.monotonic() - began:.0f} s")


def make_base(tool: Buildah) -> str:
    """Return the name of our base, made when the store has none of this recipe."""
    image = f"{REGISTRY}/base:{digest(SUITE.encode(), PACKAGES.encode())}"
    if not tool.has(image):
        root = keep(f"base-{image.rpartition(':')[2]}", _debian)
        file = tool.scratch / "base"
        file.write_text('FROM scratch\nADD root.tar /\nENV LANG=C.UTF-8\nCMD ["python3"]\n')
        tool.build(image, file, root)
    return image


def _make_builder(tool: Buildah, base: str, source: Path) -> str:
    """Return our base with the tools that install wheels, as requirements/bootstrap.txt pins them.

    Debian's Python comes without pip; it is only in the stage that builds.
    """
    wanted = source / "requirements" / "bootstrap.txt"
    image = (
        f"{REGISTRY}/builder:{digest(base.encode(), BUILDER_TOOLS.encode(), wanted.read_bytes())}"
    )
    if not tool.has(image):
        target = tool.scratch / "tools"
        uv = Path(sys.executable).with_name("uv")
        output(
            str(uv), "pip", "install", "--quiet", "--python-version=3.13", "--target", str(target),
            "--require-hashes", "-r", str(wanted), seconds=BUILD_SECONDS,
        )  # fmt: skip
        file = tool.scratch / "builder"
        file.write_text(
            f"FROM {base}\nCOPY tools /usr/local/lib/python3.13/dist-packages\n"
            "RUN apt-get -qq update "
            f"&& apt-get -qq install --no-install-recommends {BUILDER_TOOLS}\n"
        )
        tool.build(image, file, tool.scratch, *_certificates())
    return image


def _index_settings(tool: Buildah) -> list[str]:
    """Return buildah's words that hand the machine's index settings to a build, and forget them."""
    lines = [
        f"export {name}={shlex.quote(value)}\n"
        for name, value in sorted(os.environ.items())
        if name.startswith(INDEX_SETTINGS) or name.lower() in PROXIES
    ]
    script = tool.scratch / "index.sh"
    script.write_text("".join([*lines, "export UV_SYSTEM_CERTS=true\n"]))
    return ["--secret", f"id=index,src={script}", *_certificates()]


def _certificates() -> list[str]:
    """Return buildah's words that let a build trust whom this machine trusts."""
    mounted = f"{CERTIFICATES}:{CERTIFICATES}:ro"
    return ["--volume", mounted] if CERTIFICATES.exists() else []


def layers_mb(archive: Path) -> list[float]:
    """Return the size of each layer of a saved image, from below."""
    with tarfile.open(archive) as content:
        manifest = content.extractfile("manifest.json")
        assert manifest is not None
        names = json.load(manifest)[0]["Layers"]
        return [content.getmember(name).size / 1e6 for name in names]


def saved(name: str) -> Path:
    """Return the file that holds an image, once it is built."""
    return cache() / "images" / f"{name}.tar"


def build(
    names: Sequence[str],
    registry: str,
    tag: str,
    base: str,
    source: Path = ROOT,
    archives: Path | None = None,
) -> dict[str, Path]:
    """Build images and save each as a file of its own; return the files by the images' names.

    Args:
        base: an image to stand on; empty is our own.
        source: a repository, of which every image is a part.
        archives: where the files are written; None is the cache, where the next build does too.
    """
    kept = archives or saved("base").parent
    kept.mkdir(parents=True, exist_ok=True)
    made: dict[str, Path] = {}
    with buildah() as tool:
        tool.make_room()
        own = base or make_base(tool)
        builder = base or _make_builder(tool, own, source)
        words = [f"--build-arg=BASE={own}", f"--build-arg=BUILDER={builder}"]
        words += _index_settings(tool)
        made[own] = kept / "base.tar"
        tool.save(own, made[own])
        below = layers_mb(made[own])
        say(f"base {own}: {sum(below):.0f} MB")
        for name in names:
            began = time.monotonic()
            image = f"{registry}/ironbull-{name}:{tag}"
            tool.build(image, source / CONTAINERFILES / name / "Containerfile", source, *words)
            made[image] = kept / f"{name}.tar"
            tool.save(image, made[image])
            above = sum(layers_mb(made[image])[len(below) :])
            goal = f", goal {GOALS_MB[name]} MB" if name in GOALS_MB else ""
            seconds = time.monotonic() - began
            say(f"{image}: {above:.0f} MB above the base{goal}; {seconds:.0f} s")
    return made


def push(made: dict[str, Path]) -> None:
    """Push images to the registry in their names, with the login that the user's tools have."""
    with buildah() as tool:
        for image in made:
            if not image.startswith(f"{REGISTRY}/"):
                tool.run("push", "--quiet", image)
                say(f"pushed {image}")
