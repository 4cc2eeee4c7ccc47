"""Where does everything that IronBull keeps on one machine lie?"""

import fcntl
import json
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from ironbull_messages.problems import Code, Problem

FORMAT: Final = 1
TOKEN_BYTES: Final = 32
_DISTRIBUTION: Final = "ironbull-local"


@dataclass(frozen=True, slots=True)
class DataFolder:
    """The one folder of an installation; who may enter it is decided at its top."""

    root: Path

    @property
    def keys(self) -> Path:
        """Generated secrets, one per file, readable by their owner alone."""
        return self.root / "keys"

    @property
    def documents(self) -> Path:
        """What was applied."""
        return self.root / "documents"

    @property
    def logs(self) -> Path:
        """One log per process."""
        return self.root / "logs"

    @property
    def state(self) -> Path:
        """What the running platform tells: processes, endpoints, what came of each document."""
        return self.root / "state"

    @property
    def merchants(self) -> Path:
        """The merchant key of each tenant."""
        return self.root / "merchants"

    @property
    def clients(self) -> Path:
        """State folder and NATS credentials of each engine and each member of a node."""
        return self.root / "clients"

    @property
    def processes_file(self) -> Path:
        """The state of every process, written at each change."""
        return self.state / "processes.json"

    @property
    def endpoints_file(self) -> Path:
        """Where each part listens."""
        return self.state / "endpoints.json"

    @property
    def format_file(self) -> Path:
        """Which layout this folder has and which version wrote it last."""
        return self.root / "ironbull.json"

    def secret(self, name: str) -> Path:
        """Return the file of a generated secret."""
        return self.keys / name


def default_root() -> Path:
    """Return the folder of an installation whose owner named none."""
    if os.geteuid() == 0:
        return Path("/var/lib/ironbull")  # root's home is closed to the user that runs PostgreSQL
    state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(state) / "ironbull"


Upgrade = Callable[[DataFolder], None]
UPGRADES: Final[Mapping[int, Upgrade]] = {}
"""The step that lifts a folder from the format of its key to the next one."""


def prepare(folder: DataFolder, upgrades: Mapping[int, Upgrade] = UPGRADES) -> None:
    """Make the folder, or lift an older one to today's format.

    Raises:
        Problem: `folder_newer`, `folder_damaged`; nothing was changed.
    """
    found = _found_format(folder)
    if found is not None and found > FORMAT:
        written = read_json(folder.format_file).get("version", "?")
        raise Problem(
            Code.FOLDER_NEWER, f"{folder.root} has format {found} of {written}, we know {FORMAT}"
        )
    if found is None and _has_content(folder.root):
        raise Problem(
            Code.FOLDER_DAMAGED, f"{folder.root} is not empty and has no {folder.format_file.name}"
        )
    try:
        folder.root.mkdir(mode=0o711, parents=True, exist_ok=True)
    except OSError as error:
        raise Problem(
            Code.FOLDER_DAMAGED, f"{folder.root} cannot be made: {error.strerror}"
        ) from error
    for part in (folder.keys, folder.merchants, folder.clients):
        part.mkdir(mode=0o700, exist_ok=True)
    for part in (folder.documents, folder.logs, folder.state):
        part.mkdir(mode=0o755 if part == folder.state else 0o750, exist_ok=True)
    for step in range(FORMAT if found is None else found, FORMAT):
        upgrades[step](folder)
        _write_format(folder, step + 1)
    _write_format(folder, FORMAT)


@contextmanager
def locked(folder: DataFolder) -> Iterator[None]:
    """Hold the folder for one running platform; the lock ends with this process, however it ends.

    Raises:
        Problem: `folder_in_use`.
    """
    folder.root.mkdir(mode=0o711, parents=True, exist_ok=True)
    with _lock_file(folder).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Problem(
                Code.FOLDER_IN_USE, f"{folder.root} is held by process {holder(folder)}"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def holder(folder: DataFolder) -> int | None:
    """Return the process that runs the platform on this folder; None when nobody does."""
    try:
        with _lock_file(folder).open("r+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                text = file.read().strip()
                return int(text) if text else 0
            return None
    except FileNotFoundError:
        return None


def keep_secret(path: Path, make: Callable[[], str] | None = None) -> str:
    """Return the secret in a file, made on first use and never overwritten."""
    if not path.exists():
        write_secret(path, (make or _token)())
    return path.read_text()


def write_secret(path: Path, text: str) -> None:
    """Write a file that its owner alone may read, whole or not at all."""
    _replace(path, text, 0o600)


def write_json(path: Path, value: object) -> None:
    """Write a file that readers see whole: the old one or the new one."""
    _replace(path, to_json(value), 0o644)


def to_json(value: object) -> str:
    """Return what a person can read too."""
    return json.dumps(value, indent=1, sort_keys=True) + "\n"


def read_json(path: Path) -> dict[str, Any]:
    """Read an object; a file that is not there is an empty one.

    Raises:
        Problem: `folder_damaged`.
    """
    try:
        value = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise Problem(Code.FOLDER_DAMAGED, f"{path} is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise Problem(Code.FOLDER_DAMAGED, f"{path} is not a JSON object")
    return value


def _replace(path: Path, text: str, mode: int) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)
        os.fchmod(descriptor, mode)
    Path(name).replace(path)


def _token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


def _lock_file(folder: DataFolder) -> Path:
    return folder.root / "lock"


def _has_content(root: Path) -> bool:
    return root.exists() and any(path.name != "lock" for path in root.iterdir())


def _found_format(folder: DataFolder) -> int | None:
    found = read_json(folder.format_file).get("format")
    if found is None:
        return None
    if not isinstance(found, int):
        raise Problem(Code.FOLDER_DAMAGED, f"{folder.format_file} has the format {found!r}")
    return found


def _write_format(folder: DataFolder, number: int) -> None:
    write_json(folder.format_file, {"format": number, "version": version(_DISTRIBUTION)})
