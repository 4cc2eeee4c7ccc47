"""Documents become engines and members, once, and in spite of a centre that is away."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from fixtures.documents import node, strategy, tenant

from ironbull_kit.nats_users import Client
from ironbull_local import folder as folders
from ironbull_local import keys
from ironbull_local.database import RoleUrls
from ironbull_local.endpoints import Ports
from ironbull_local.folder import DataFolder
from ironbull_local.keys import MerchantKey
from ironbull_local.observed import ObservedStore, Outcome
from ironbull_local.process import ProcessSpec
from ironbull_local.reconcile import Reconciler
from ironbull_local.stack import Paper, Stack
from ironbull_local.store import DocumentStore, Stored
from ironbull_messages.ids import dedicated_engine_token
from ironbull_messages.problems import Code, Problem
from ironbull_messages.resources import ExecutionNode, Strategy
from ironbull_messages.words import KillSwitch, Placement


class FakeCentre:
    """Answer as the platform API does; raise what it is told to."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.merchant_keys: dict[str, MerchantKey] = {}
        self.trouble: dict[str, Exception] = {}

    async def put(self, stored: Stored) -> dict[str, Any]:
        if stored.reference in self.trouble:
            raise self.trouble[stored.reference]
        self.told.append(f"{stored.reference}@{stored.generation}")
        if isinstance(stored.document, ExecutionNode):
            tokens = [f"member{letter}aaaaaaaaa" for letter in "abcdef"]
            count = stored.document.spec.replicas
            return {"members": [{"index": i, "token": tokens[i]} for i in range(count)]}
        return {} if isinstance(stored.document, Strategy) else {"engine_token": "engineaaaaaaaaaa"}

    async def put_merchant_key(self, tenant: str, key: MerchantKey) -> None:
        self.merchant_keys[tenant] = key


class FakeAuthority:
    """Remember who was made known; be away when told to."""

    def __init__(self) -> None:
        self.pushed: list[Client] = []
        self.away = False

    async def push(self, clients: Sequence[Client]) -> None:
        if self.away:
            raise ConnectionError("NATS is away")
        self.pushed = list(clients)

    def issue(self, client: Client, place: Path) -> None:
        (place / "nats.creds").write_text(client.token)


class FakeSupervisor:
    """Hold specs instead of processes."""

    def __init__(self) -> None:
        self.specs: dict[str, ProcessSpec] = {}

    @property
    def names(self) -> list[str]:
        return list(self.specs)

    async def replace(self, spec: ProcessSpec) -> None:
        self.specs[spec.name] = spec

    async def remove(self, name: str) -> None:
        del self.specs[name]


class Bench:
    """A reconciler among fakes, and one look at its outcome."""

    def __init__(self, root: Path) -> None:
        self.folder = DataFolder(root / "data")
        folders.prepare(self.folder)
        self.store = DocumentStore(self.folder)
        self.centre = FakeCentre()
        self.authority = FakeAuthority()
        self.supervisor = FakeSupervisor()
        self.again()

    def again(self) -> None:
        """Start the reconciler anew, as a new run of the platform does."""
        creds = self.folder.root / "creds"
        stack = Stack(
            self.folder, Ports(1, 2, 3, 4, 5, 6), keys.keep(self.folder),
            RoleUrls("o", "t", "p"), creds, Paper(),
        )  # fmt: skip
        self.reconciler = Reconciler(stack, self.supervisor, self.centre, self.authority)

    def run(self) -> bool:
        return asyncio.run(self.reconciler.run_once())

    def outcome(self, reference: str) -> Outcome | None:
        [stored] = [one for one in self.store.all() if one.reference == reference]
        found = ObservedStore(self.folder).get(stored)
        return found.outcome if found else None


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_tenant_gets_its_engine_and_each_member_of_its_pool(bench: Bench) -> None:
    bench.store.apply([tenant(), strategy(), node(replicas=2)])
    assert bench.run()
    assert bench.supervisor.names == ["engine/acme", "node/acme/main/0", "node/acme/main/1"]
    assert {client.token for client in bench.authority.pushed} == {
        "engineaaaaaaaaaa",
        "memberaaaaaaaaaa",
        "memberbaaaaaaaaa",
    }
    assert list(bench.centre.merchant_keys) == ["acme"]


def test_a_tenant_without_strategies_needs_no_engine(bench: Bench) -> None:
    bench.store.apply([tenant(), node()])
    bench.run()
    assert bench.supervisor.names == ["node/acme/main/0"]


def test_a_document_is_told_once_per_generation_and_run(bench: Bench) -> None:
    bench.store.apply([tenant(), node()])
    bench.run()
    bench.run()
    bench.store.apply([node(replicas=2)])
    bench.run()
    bench.again()
    bench.run()
    assert bench.centre.told == [
        "Tenant/acme@1",
        "ExecutionNode/ironbull-acme/main@1",
        "ExecutionNode/ironbull-acme/main@2",
        "Tenant/acme@1",
        "ExecutionNode/ironbull-acme/main@2",
    ]


def test_a_smaller_pool_stops_the_members_that_it_lost(bench: Bench) -> None:
    bench.store.apply([tenant(), node(replicas=3)])
    bench.run()
    bench.store.apply([node(replicas=1)])
    bench.run()
    assert bench.supervisor.names == ["node/acme/main/0"]


def test_a_refusal_is_kept_with_its_reason_and_not_tried_again(bench: Bench) -> None:
    bench.store.apply([tenant(), strategy()])
    bench.centre.trouble["Strategy/ironbull-acme/trend"] = Problem(
        Code.STRATEGY_CLASS_UNKNOWN, "no class ma_cross"
    )
    assert bench.run()
    assert bench.outcome("Strategy/ironbull-acme/trend") is Outcome.REFUSED
    assert bench.supervisor.names == []


@pytest.mark.parametrize(
    "trouble", [ConnectionError("refused"), Problem(Code.UNAVAILABLE, "restarting")]
)
def test_a_centre_that_is_away_is_asked_again(bench: Bench, trouble: Exception) -> None:
    bench.store.apply([tenant(), node()])
    bench.centre.trouble["Tenant/acme"] = trouble
    assert not bench.run()
    assert bench.outcome("Tenant/acme") is Outcome.PENDING
    bench.centre.trouble.clear()
    assert bench.run()
    assert bench.outcome("Tenant/acme") is Outcome.OK


def test_what_runs_goes_on_while_its_centre_is_away(bench: Bench) -> None:
    bench.store.apply([tenant(), strategy(), node()])
    bench.run()
    before, known = dict(bench.supervisor.specs), list(bench.authority.pushed)
    bench.store.apply([node(replicas=2)])
    bench.centre.trouble["ExecutionNode/ironbull-acme/main"] = ConnectionError("refused")
    assert not bench.run()
    assert bench.supervisor.specs == before
    assert bench.authority.pushed == known


def test_members_run_on_while_nats_is_away(bench: Bench) -> None:
    bench.store.apply([tenant(), node()])
    bench.run()
    bench.authority.away = True
    assert not bench.run()
    assert bench.supervisor.names == ["node/acme/main/0"]


def test_an_engine_starts_anew_with_other_strategies_and_only_then(bench: Bench) -> None:
    bench.store.apply([tenant(), strategy()])
    bench.run()
    first = bench.supervisor.specs["engine/acme"].environment
    bench.run()
    assert bench.supervisor.specs["engine/acme"].environment == first
    changed = strategy().model_copy(
        update={"spec": strategy().spec.model_copy(update={"parameters": {"fast": "3"}})}
    )
    bench.store.apply([changed])
    bench.run()
    assert bench.supervisor.specs["engine/acme"].environment != first


def test_a_dedicated_strategy_runs_in_an_engine_of_its_own(bench: Bench) -> None:
    own = strategy().model_copy(
        update={"spec": strategy().spec.model_copy(update={"placement": Placement.DEDICATED})}
    )
    name = strategy().metadata.name
    bench.store.apply([tenant(), own])
    bench.run()
    assert bench.supervisor.names == [f"engine/acme/{name}"]
    assert bench.supervisor.specs[f"engine/acme/{name}"].environment["IRONBULL_TOKEN"] == (
        dedicated_engine_token("engineaaaaaaaaaa", name)
    )
    bench.store.apply([strategy()])
    bench.run()
    assert bench.supervisor.names == ["engine/acme"]


def test_a_turned_kill_switch_starts_no_engine_anew(bench: Bench) -> None:
    bench.store.apply([tenant(), strategy()])
    bench.run()
    first = bench.supervisor.specs["engine/acme"].environment
    tripped = strategy().model_copy(
        update={"spec": strategy().spec.model_copy(update={"kill_switch": KillSwitch.TRIPPED})}
    )
    bench.store.apply([tripped])
    bench.run()
    assert bench.supervisor.specs["engine/acme"].environment == first
