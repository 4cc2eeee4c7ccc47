"""buildah with a store of its own in the cache, which forgets what no build has used for long."""

import fcntl
import json
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from cluster.commands import output, succeeds
from cluster.places import cache
from cluster.progress import say

BUILD_SECONDS = 1800
# Each build leaves its layers, about 25 MB a piece, for the next one to begin from. Of so many the
# least used go, until so many stay: those of all our images are about 60.
MAX_LAYERS = 400
KEPT_LAYERS = 250
# How a build names a layer that it made or found.
STEP = re.compile(r"^--> (?:Using cache )?([0-9a-f]{11,64})$", re.MULTILINE)
SHORT = 11
# buildah remembers here where it saw which layer, whatever its store.
MEMORY = Path("/var/lib/containers")


class Buildah:
    """buildah with a store in the cache and nothing elsewhere."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        self._command = (
            "buildah", "--storage-driver=overlay", f"--root={cache() / 'store'}",
            f"--runroot={scratch / 'run'}",
        )  # fmt: skip

    def run(self, *words: str) -> str:
        """Return what buildah prints."""
        return output(*self._command, *words, seconds=BUILD_SECONDS)

    def has(self, image: str) -> bool:
        """Tell whether the store holds an image."""
        return bool(self.run("images", "--quiet", "--filter", f"reference={image}").strip())

    def layers(self) -> list[str]:
        """Return the layers that no image is named after, the oldest first."""
        found = json.loads(self.run("images", "--all", "--no-trunc", "--json"))
        unnamed = [one for one in found if not one["names"]]
        unnamed.sort(key=lambda one: str(one["createdatraw"]))
        return [str(one["id"]).removeprefix("sha256:") for one in unnamed]

    def make_room(self) -> None:
        """Remove the layers that were not used for longest, when there are many."""
        uses = _uses()
        gone = too_old(self.layers(), uses, MAX_LAYERS, KEPT_LAYERS)
        if gone:
            say(f"store: removing {len(gone)} layers that no build has used lately")
            self.run("rm", "--all")  # what killed builds have left, and what would keep layers
            for layer in gone:
                # One that goes takes those along that carried it alone.
                if succeeds(*self._command, "inspect", "--type=image", layer):
                    self.run("rmi", layer)
                uses.pop(layer[:SHORT], None)
            _uses_file().write_text(json.dumps(uses))

    def build(self, image: str, file: Path, context: Path, *words: str) -> None:
        """Build a Containerfile; layers that did not change are taken from the store."""
        told = self.run(
            "build", "--layers", "--isolation=chroot", "--network=host",
            f"--tag={image}", f"--file={file}", *words, str(context),
        )  # fmt: skip
        now = time.time()
        uses = _uses() | {layer[:SHORT]: now for layer in STEP.findall(told)}
        _uses_file().write_text(json.dumps(uses))

    def save(self, image: str, archive: Path) -> None:
        """Write an image as one file."""
        archive.unlink(missing_ok=True)
        self.run("push", "--quiet", image, f"docker-archive:{archive}:{image}")


def too_old(
    layers: Sequence[str], uses: Mapping[str, float], most: int, kept: int
) -> Sequence[str]:
    """Return which layers go: none until there are too many, then the least used, tops first.

    Args:
        layers: all that may go, the oldest first.
        uses: when a build has last used a layer, by the beginning of its id.
    """
    if len(layers) <= most:
        return ()
    ages = {layer: (uses.get(layer[:SHORT], 0.0), place) for place, layer in enumerate(layers)}
    gone = sorted(layers, key=ages.__getitem__)[: len(layers) - kept]
    # Nothing goes before what stands on it, which is younger.
    return sorted(gone, key=lambda layer: ages[layer][1], reverse=True)


@contextmanager
def buildah() -> Iterator[Buildah]:
    """Give the store to one user at a time; buildah's running files are removed at the end."""
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / "store.turn").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        had_memory = MEMORY.exists()
        try:
            with tempfile.TemporaryDirectory(prefix="ironbull-images-") as folder:
                yield Buildah(Path(folder))
        finally:
            if not had_memory and MEMORY.exists():
                shutil.rmtree(MEMORY)


def _uses_file() -> Path:
    return cache() / "layers-used.json"


def _uses() -> dict[str, float]:
    path = _uses_file()
    return dict(json.loads(path.read_text())) if path.exists() else {}
