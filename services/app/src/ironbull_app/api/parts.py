"""What do all audiences work with? One frozen value, made once per process."""

from dataclasses import dataclass

from ironbull_app.api.addresses import Ranges
from ironbull_app.db.unit_of_work import Database
from ironbull_app.ports.callers import CallerIdentity
from ironbull_kit.clocks import Clock
from ironbull_kit.seal import KeyRing


@dataclass(frozen=True, slots=True)
class Parts:
    """Database, keys and clock of an API process.

    Args:
        staff: who may call the admin API.
        operator: who may call the platform API.
        started_ms: when the process started, Unix milliseconds; nonces before it may be lost.
        trusted_proxies: where proxies are whose word about a caller's address is believed.
    """

    database: Database
    keys: KeyRing
    now: Clock
    staff: CallerIdentity
    operator: CallerIdentity
    started_ms: int
    trusted_proxies: Ranges = ()
