"""Make the execution node one file that needs no Python: `make node-executable`.

It needs the C library of the machine where it was built, or a newer one, and zlib; the rest is
inside, and is laid out in the temporary folder of whoever starts it.
"""

import hashlib
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = ROOT / ".venv" / "bin"
PLACE = ROOT / "build" / "node"
EXECUTABLE = PLACE / "ironbull-node"
STAMP = PLACE / "ironbull-node.sha256"
SOURCES = ("node/src", "contracts/kit/src", "contracts/messages/src")
PACKAGES = ("requirements/dev.txt", "requirements/node.txt")
ENTRY = ROOT / "node" / "src" / "ironbull_node" / "__main__.py"
# Web sockets of exchanges, which nothing here opens; and what dependencies only try to import.
UNUSED = ("ccxt.pro", "hypothesis", "pytest", "numpy", "IPython", "setuptools", "tkinter")
BUILD_SECONDS = 900


def build() -> Path:
    """Return the executable, built anew when a source of it has changed.

    Raises:
        RuntimeError: the build failed, with its last words.
    """
    digest = _digest()
    if EXECUTABLE.exists() and STAMP.exists() and STAMP.read_text() == digest:
        return EXECUTABLE
    PLACE.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    done = subprocess.run(_command(), capture_output=True, text=True, timeout=BUILD_SECONDS)  # noqa: PLW1510 - its words are told below
    if done.returncode:
        raise RuntimeError(f"PyInstaller: {done.stderr[-2_000:]}")
    STAMP.write_text(digest)
    size = EXECUTABLE.stat().st_size / 1_000_000
    print(f"node-executable: {size:.1f} MB, built in {time.monotonic() - began:.0f} s", flush=True)
    return EXECUTABLE


def _command() -> tuple[str, ...]:
    return (
        *(str(BIN / "pyinstaller"), "--onefile", "--noconfirm", "--log-level=WARN", "--strip"),
        f"--name={EXECUTABLE.name}",
        f"--distpath={PLACE}",
        f"--workpath={PLACE / 'work'}",
        f"--specpath={PLACE}",
        "--copy-metadata=ironbull-node",
        *(f"--exclude-module={name}" for name in UNUSED),
        str(ENTRY),
    )


def _digest() -> str:
    found = hashlib.sha256(" ".join((*_command(), sys.version)).encode())
    paths = [path for folder in SOURCES for path in sorted((ROOT / folder).rglob("*.py"))]
    for path in (*paths, *(ROOT / name for name in PACKAGES)):
        found.update(str(path.relative_to(ROOT)).encode())
        found.update(path.read_bytes())
    return found.hexdigest()


def main() -> int:
    """Build, and say where it is."""
    try:
        print(build())
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
