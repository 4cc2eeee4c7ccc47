"""What do all audiences work with? One frozen value, made once per process."""

from dataclasses import dataclass
from pathlib import Path

from ironbull_app.db.unit_of_work import Database
from ironbull_kit.clocks import Clock
from ironbull_kit.seal import KeyRing


@dataclass(frozen=True, slots=True)
class Parts:
    """Database, keys and clock of an API process.

    Args:
        staff_token: file with the bearer token of the admin API; read again at each request.
        platform_token: file with the bearer token of the platform API.
        started_ms: when the process started, Unix milliseconds; nonces before it may be lost.
    """

    database: Database
    keys: KeyRing
    now: Clock
    staff_token: Path
    platform_token: Path
    started_ms: int
