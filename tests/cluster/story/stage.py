"""The platform in pods, as a test looks into it: its rows, its exchange's journal, its prices."""

import base64
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from cluster.conftest import Cluster
from cluster.kubectl import Kubectl
from cluster.places import FIRST
from fixtures.rough_exchange import Exchange
from fixtures.rough_kills import until
from psycopg.rows import dict_row

from ironbull_local import view
from ironbull_local.database import DATABASE, Role
from ironbull_local.demo import tally
from ironbull_local.demo.tally import Tally

SYSTEM = "ironbull-system"
RELEASE = "ironbull"
PATIENCE_SECONDS = 120.0
# What a test reaches from the machine, whatever pod of it is alive; people take a port-forward.
WAYS = {"postgres": 5432, "paper": 8090}


@dataclass(frozen=True, slots=True)
class Stage:
    """An installed chart on our own node."""

    cluster: Cluster

    @property
    def kubectl(self) -> Kubectl:
        """As the cluster's administrator."""
        return self.cluster.kubectl

    def open_ways(self) -> None:
        """Let this machine reach the database and the exchange."""
        self.kubectl.apply(*(_way(component, port) for component, port in WAYS.items()))

    def secret(self, name: str, key: str) -> str:
        """Return what a Secret of the platform holds."""
        found = self.kubectl.get("secret", name, f"--namespace={SYSTEM}")
        return base64.b64decode(found["data"][key]).decode()

    def volume(self, claim: str, namespace: str = SYSTEM) -> Path:
        """Return the folder behind a claim: it lies on this machine."""
        found = self.kubectl.get("persistentvolumeclaim", claim, f"--namespace={namespace}")
        volume = self.kubectl.get("persistentvolume", found["spec"]["volumeName"])
        return Path(volume["spec"]["local"]["path"])

    @property
    def database_url(self) -> str:
        """How the role connects that sees every tenant."""
        password = self.secret("ironbull-database", "platform.password")
        place = f"{FIRST.address}:{self._port('postgres')}"
        return f"postgresql://{Role.PLATFORM}:{password}@{place}/{DATABASE}"

    @property
    def exchange(self) -> Exchange:
        """The exchange's own doors."""
        url = f"http://{FIRST.address}:{self._port('paper')}"
        return Exchange(url, self._exchange_folder / "admin.token")

    @property
    def journal(self) -> Path:
        """What the exchange accepted, in its own words."""
        return self._exchange_folder / "journal.jsonl"

    @property
    def _exchange_folder(self) -> Path:
        return self.volume(f"data-{RELEASE}-paper-0") / "exchange"

    def _port(self, component: str) -> int:
        found = self.kubectl.get("service", f"way-{component}", f"--namespace={SYSTEM}")
        return int(found["spec"]["ports"][0]["nodePort"])


@dataclass(frozen=True, slots=True)
class Rows:
    """The platform's database, asked anew each time: its pod may be another one meanwhile."""

    url: str

    async def ask(self, query: LiteralString, *values: object) -> list[dict[str, Any]]:
        """Return rows as the role that sees every tenant."""
        connection = await psycopg.AsyncConnection.connect(self.url, row_factory=dict_row)
        async with connection:
            return await (await connection.execute(query, values)).fetchall()

    @asynccontextmanager
    async def counter(self) -> AsyncIterator[psycopg.AsyncConnection[Tally]]:
        """Hold a connection that counts."""
        connection = await tally.connect(self.url)
        async with connection:
            yield connection

    async def tally(self) -> Tally:
        """Count all tenants."""
        async with self.counter() as counter:
            return tally.total(await tally.read(counter))

    async def until(
        self, what: str, holds: Callable[[Tally], bool], seconds: float = PATIENCE_SECONDS
    ) -> Tally:
        """Wait for a claim about the counts, and return those for which it held."""
        found: list[Tally] = []

        async def look() -> bool:
            found[:] = [await self.tally()]
            return holds(found[0])

        await until(look, what, seconds)
        return found[0]

    async def until_trading(self) -> Tally:
        """Wait until a position is open while an order is in flight."""
        what = "an open position and an order in flight"
        return await self.until(what, lambda seen: bool(seen.open and seen.in_flight))


def columns(kubectl: Kubectl, *words: str) -> list[dict[str, str]]:
    """Return what `kubectl get` prints, by its own headings."""
    head, *lines = kubectl("get", *words).splitlines()
    starts = [place for place, _ in _words(head)]
    names = [name for _, name in _words(head)]
    ends: Sequence[int | None] = [*starts[1:], None]
    return [
        {
            name: line[start:end].strip()
            for name, start, end in zip(names, starts, ends, strict=True)
        }
        for line in lines
    ]


def say(text: str) -> None:
    """Tell the person who waits."""
    view.line(text)


def _words(line: str) -> list[tuple[int, str]]:
    found, place = [], 0
    for word in line.split():
        place = line.index(word, place)
        found.append((place, word))
        place += len(word)
    return found


def _way(component: str, port: int) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": f"way-{component}", "namespace": SYSTEM},
        "spec": {
            "type": "NodePort",
            "selector": {
                "app.kubernetes.io/instance": RELEASE,
                "app.kubernetes.io/component": component,
            },
            "ports": [{"name": component, "port": port, "targetPort": port}],
        },
    }
