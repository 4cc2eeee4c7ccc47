"""On which ports does each part listen, the same after every restart where possible?"""

from dataclasses import asdict, dataclass, fields
from typing import Final

from ironbull_local import folder as folders
from ironbull_local import ports
from ironbull_local.folder import DataFolder

_PURPOSES: Final = {
    "postgres": "PostgreSQL",
    "nats": "NATS",
    "paper": "the paper exchange",
    "merchant": "the merchant API",
    "admin": "the admin API",
    "platform": "the platform API",
}


@dataclass(frozen=True, slots=True)
class Ports:
    """A port per part; 0 stands for the port of the last run or, when it is taken, any."""

    postgres: int = 0
    nats: int = 0
    paper: int = 0
    merchant: int = 0
    admin: int = 0
    platform: int = 0


def choose(folder: DataFolder, wanted: Ports) -> Ports:
    """Return a free port for each part and remember it for the next run.

    Raises:
        Problem: `port_taken` for a port that was asked for by number.
    """
    remembered = folders.read_json(folder.state / "ports.json")
    chosen: dict[str, int] = {}
    for field in fields(Ports):
        asked = getattr(wanted, field.name)
        if asked:
            chosen[field.name] = ports.claim(asked, _PURPOSES[field.name])
            continue
        last = remembered.get(field.name, 0)
        usable = last and ports.is_free(last) and last not in chosen.values()
        chosen[field.name] = last if usable else ports.free_port(chosen.values())
    folders.write_json(folder.state / "ports.json", chosen)
    return Ports(**chosen)


def publish(folder: DataFolder, chosen: Ports) -> dict[str, str]:
    """Write where clients connect, and return it."""
    base = f"{ports.LOOPBACK}:"
    found = {name: f"http://{base}{port}" for name, port in asdict(chosen).items()} | {
        "postgres": f"postgresql://{base}{chosen.postgres}",
        "nats": f"nats://{base}{chosen.nats}",
    }
    folders.write_json(folder.endpoints_file, found)
    return found
