"""How do stored documents become a running platform: told to the centre, engines and nodes started?

Level-triggered: each pass looks at all documents and all processes and does what is missing.
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import yaml

from ironbull_kit.nats_users import Client, ClientKind
from ironbull_local import folder as folders
from ironbull_local import keys
from ironbull_local.keys import MerchantKey
from ironbull_local.observed import ObservedStore, Outcome
from ironbull_local.process import ProcessSpec
from ironbull_local.stack import Stack
from ironbull_local.store import DocumentStore, Stored
from ironbull_messages.ids import dedicated_engine_token
from ironbull_messages.problems import Problem
from ironbull_messages.resources import (
    NAMESPACE_PREFIX,
    ExecutionNode,
    NamespaceDocument,
    Strategy,
    Tenant,
)
from ironbull_messages.words import DesiredState, Placement

CLIENT_KINDS: Final = ("engine", "node")
SERVER_FAULT: Final = 500
"""From this status on the centre is at fault and not the document: it is told again."""


class Centre(Protocol):
    """What the platform API does with a document; each call is idempotent.

    Raises:
        Problem: it refuses the document.
        ConnectionError: it could not be asked.
    """

    async def put(self, stored: Stored) -> dict[str, Any]:
        """Tell a document and return the answer."""
        ...

    async def put_merchant_key(self, tenant: str, key: MerchantKey) -> None:
        """Tell with what a tenant signs."""
        ...


class Authority(Protocol):
    """Who may do what on NATS."""

    async def push(self, clients: Sequence[Client]) -> None:
        """Make the server know exactly these clients' accounts.

        Raises:
            ConnectionError: it could not be asked.
        """
        ...

    def issue(self, client: Client, place: Path) -> None:
        """Write credentials into a client's folder unless those there have most of their life."""
        ...


class Processes(Protocol):
    """What runs."""

    @property
    def names(self) -> list[str]:
        """Every process that is kept alive."""
        ...

    async def replace(self, spec: ProcessSpec) -> object:
        """Start a process, or start it anew when what runs was started differently."""
        ...

    async def remove(self, name: str) -> None:
        """Stop a process and forget it."""
        ...


class Reconciler:
    """Bring centre, NATS and processes to what the documents say."""

    def __init__(
        self,
        stack: Stack,
        processes: Processes,
        centre: Centre,
        authority: Authority,
    ) -> None:
        self._stack = stack
        self._processes = processes
        self._centre = centre
        self._authority = authority
        self._store = DocumentStore(stack.folder)
        self._observed = ObservedStore(stack.folder)
        self._told: set[tuple[str, str, int]] = set()
        self._keyed: set[str] = set()
        self._wanted: dict[str, dict[Client, ProcessSpec]] = {}

    async def run_once(self) -> bool:
        """Do what is missing; tell whether nothing is left that another pass could do."""
        documents = self._store.all()
        busy = {_tenant(one) for one in documents if not await self._tell(one)}
        self._settle(documents, busy)
        clients = [client for wanted in self._wanted.values() for client in wanted]
        pushed = await self._push(clients)
        for client in clients:
            self._authority.issue(client, self._stack.client_folder(client.token))
        await self._run([spec for wanted in self._wanted.values() for spec in wanted.values()])
        return pushed and not busy

    def _settle(self, documents: Sequence[Stored], busy: set[str]) -> None:
        """Find out what should run; a tenant whose documents wait keeps what it has."""
        accepted = {one.reference: one for one in documents if self._is_ok(one)}
        for tenant in {_tenant(one) for one in documents} - busy:
            self._wanted[tenant] = {
                client: self._spec(client, stored, accepted)
                for client, stored in self._clients(accepted, tenant).items()
            }

    async def _push(self, clients: Sequence[Client]) -> bool:
        try:
            await self._authority.push(clients)
        except ConnectionError:
            return False  # NATS is away; what runs goes on, and the next pass pushes
        return True

    async def _tell(self, stored: Stored) -> bool:
        mark = (stored.reference, stored.uid, stored.generation)
        if mark in self._told:
            return True
        if isinstance(stored.document, NamespaceDocument):
            self._observed.put(stored, Outcome.OK, "", {})  # a place, nothing to carry out
            return True
        try:
            answer = await self._centre.put(stored)
            if isinstance(stored.document, Tenant):
                await self._tell_merchant_key(stored.document.metadata.name)
        except Problem as problem:
            if problem.row.status >= 500:
                self._observed.put(stored, Outcome.PENDING, problem.detail, {})
                return False
            self._observed.put(stored, Outcome.REFUSED, _explain(problem), {})
            self._told.add(mark)
            return True
        except ConnectionError as away:
            self._observed.put(stored, Outcome.PENDING, str(away), {})
            return False
        self._observed.put(stored, Outcome.OK, "", answer)
        self._told.add(mark)
        return True

    async def _tell_merchant_key(self, tenant: str) -> None:
        if tenant not in self._keyed:
            key = keys.keep_merchant_key(self._stack.folder, tenant)
            await self._centre.put_merchant_key(tenant, key)
            self._keyed.add(tenant)

    def _is_ok(self, stored: Stored) -> bool:
        found = self._observed.get(stored)
        return found is not None and found.outcome is Outcome.OK

    def _clients(self, accepted: Mapping[str, Stored], tenant: str) -> dict[Client, Stored]:
        """Return a tenant's engine and members that should run, with what wants them."""
        clients: dict[Client, Stored] = {}
        owner = accepted.get(f"Tenant/{tenant}")
        if owner is None:
            return clients
        token = self._answer(owner)["engine_token"]
        names = ["", *_dedicated(accepted, tenant)]
        for name in names:
            if _strategies(accepted, tenant, name):
                own = dedicated_engine_token(token, name) if name else token
                clients[Client(ClientKind.ENGINE, tenant, own, name)] = owner
        for stored in accepted.values():
            if isinstance(stored.document, ExecutionNode) and stored.document.tenant == tenant:
                for member in self._answer(stored)["members"]:
                    name = f"{stored.document.metadata.name}/{member['index']}"
                    clients[Client(ClientKind.MEMBER, tenant, member["token"], name)] = stored
        return clients

    def _answer(self, stored: Stored) -> dict[str, Any]:
        found = self._observed.get(stored)
        return {} if found is None else found.answer

    async def _run(self, wanted: Sequence[ProcessSpec]) -> None:
        names = {spec.name for spec in wanted}
        for name in self._processes.names:
            if name.partition("/")[0] in CLIENT_KINDS and name not in names:
                await self._processes.remove(name)
        for spec in wanted:
            await self._processes.replace(spec)

    def _spec(self, client: Client, stored: Stored, accepted: Mapping[str, Stored]) -> ProcessSpec:
        place = self._stack.client_folder(client.token)

        def refresh() -> None:
            self._authority.issue(client, place)

        document = stored.document
        if isinstance(document, ExecutionNode):
            venue = _venue_type(accepted, document)
            return self._stack.node(
                f"node/{client.tenant}/{client.name}",
                client.tenant,
                client.token,
                venue=venue,
                spec=document.spec,
                before=refresh,
            )
        strategies = _strategies(accepted, client.tenant, client.name)
        texts = _write_documents(place, strategies)
        return self._stack.engine(client.tenant, client.token, texts, refresh, client.name)


_UNREAD: Final = {"spec": {"kill_switch", "placement", "schedule"}}
"""What changes nothing of the opinions: an engine is not started anew for it."""


def _tenant(stored: Stored) -> str:
    document = stored.document
    match document:
        case Tenant():
            return document.metadata.name
        case NamespaceDocument():
            return document.metadata.name.removeprefix(NAMESPACE_PREFIX)
        case Strategy() | ExecutionNode():
            return document.tenant


def _strategies(accepted: Mapping[str, Stored], tenant: str, own: str) -> list[Strategy]:
    """Return what an engine runs.

    Args:
        own: the strategy that has it for itself; empty: the shared engine.
    """
    return [
        one
        for one in _running(accepted, tenant)
        if own == (one.metadata.name if _is_dedicated(one) else "")
    ]


def _dedicated(accepted: Mapping[str, Stored], tenant: str) -> list[str]:
    return [one.metadata.name for one in _running(accepted, tenant) if _is_dedicated(one)]


def _is_dedicated(one: Strategy) -> bool:
    return one.spec.placement is Placement.DEDICATED


def _running(accepted: Mapping[str, Stored], tenant: str) -> list[Strategy]:
    return [
        stored.document
        for stored in accepted.values()
        if isinstance(stored.document, Strategy)
        and stored.document.tenant == tenant
        and stored.document.spec.desired_state is DesiredState.RUNNING
    ]


def _venue_type(accepted: Mapping[str, Stored], node: ExecutionNode) -> Any:
    tenant = accepted[f"Tenant/{node.tenant}"].document
    if not isinstance(tenant, Tenant):
        raise TypeError(f"Tenant/{node.tenant} is a {tenant.kind}")
    return next(venue.type for venue in tenant.spec.venues if venue.name == node.spec.venue)


def _write_documents(place: Path, strategies: Sequence[Strategy]) -> Path:
    """Write an engine's documents; other documents have another path, so the engine starts anew."""
    text = yaml.safe_dump_all(
        [one.model_dump(mode="json", by_alias=True, exclude=_UNREAD) for one in strategies],
        sort_keys=True,
    )
    path = place / f"strategies-{hashlib.sha256(text.encode()).hexdigest()[:12]}.yaml"
    if not path.exists():
        for old in place.glob("strategies-*.yaml"):
            old.unlink()
        folders.write_secret(path, text)
    return path


def _explain(problem: Problem) -> str:
    fields = "; ".join(f"{error.field}: {error.message}" for error in problem.errors)
    told = f"{problem.code.value}: {problem.detail}" + (f" ({fields})" if fields else "")
    return f"{told}. {problem.row.way_out}"
