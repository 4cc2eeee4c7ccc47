"""What was told to the platform, so that it is told once per generation and run?"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ironbull_kit.secret import Secret
from ironbull_messages.problems import Code, Problem
from ironbull_messages.resources import Credentials, ExecutionNodeSpec, Spec
from ironbull_operator.desired.ending import Left, left
from ironbull_operator.desired.merchant_key import MerchantKey
from ironbull_operator.desired.platform import tenant_named
from ironbull_operator.kinds import STRATEGY, TENANT, Object, Ref
from ironbull_operator.platform_api import PlatformApi
from ironbull_operator.switches import Switches

Mark = tuple[str, int]
"""uid and generation of a document, or id and generation of a merchant key"""


@dataclass(frozen=True, slots=True)
class Alive:
    """What the fleet heard of a member.

    Args:
        is_alive: its lease is not over.
        accounts: that it holds.
    """

    is_alive: bool
    accounts: int


@dataclass(slots=True)
class Centre:
    """The platform API, asked only for what it was not asked yet.

    Each call raises `Problem` when the platform refuses, `ConnectionError` when it is away.
    """

    client: PlatformApi
    _told: dict[str, tuple[Mark, dict[str, Any]]] = field(default_factory=dict)
    switches: Switches = field(default_factory=Switches)
    _held: dict[str, str] = field(default_factory=dict)
    """What the platform held when it was asked last: path → uid/generation."""
    _strategies: dict[str, dict[str, str]] = field(default_factory=dict)
    """Strategies that the platform runs: tenant → name → uid."""

    async def put_tenant(self, name: str, found: Object, spec: Spec) -> str:
        """Tell a tenant; return its engine's token."""
        mark, path = _mark(found), f"Tenant/{name}"
        answer = self._known(path, mark) or self._remembered(path, found, "engineToken")
        if answer is None:
            answer = await self._put(
                path,
                found,
                lambda: self.client.put_tenant(name, *mark, _body(spec)),
                lambda uid: self.client.end_tenant(name, uid, is_erased=False, is_forced=False),
            )
        self._told[path] = (mark, dict(answer))
        return str(answer["engine_token"])

    async def put_strategy(self, tenant: str, name: str, found: Object, spec: Spec) -> bool:
        """Tell a strategy; return whether the platform accepted it only now."""
        mark, path = _mark(found), f"Strategy/{tenant}/{name}"
        known = self._known(path, mark)
        is_new = known is None and self._remembered(path, found, "version") is None
        if is_new:
            answer = await self._put(
                path,
                found,
                lambda: self.client.put_strategy(tenant, name, *mark, _body(spec)),
                lambda uid: self.client.end_strategy(tenant, name, uid),
            )
            self.switches.learn(tenant, name, answer.get("kill_switch"))
            self._strategies.setdefault(tenant, {})[name] = mark[0]
        self._told[path] = (mark, {})
        return is_new

    def knows_tenant(self, name: str, found: Object) -> bool:
        """Tell whether the platform was told of this very tenant, in whichever generation."""
        return bool(self._uid(f"Tenant/{name}") == found["metadata"]["uid"])

    def holds_strategy(self, tenant: str, name: str, found: Object) -> bool:
        """Tell whether the platform accepted a strategy in just this generation."""
        mark, path = _mark(found), f"Strategy/{tenant}/{name}"
        return self._known(path, mark) is not None or self._held.get(path) == _text(mark)

    async def put_node(
        self, tenant: str, name: str, found: Object, spec: ExecutionNodeSpec
    ) -> list[tuple[int, str]]:
        """Tell a pool; return index and token of each member that should run."""
        mark, path = _mark(found), f"ExecutionNode/{tenant}/{name}"
        answer = self._known(path, mark)
        if answer is not None and answer["replicas"] != spec.replicas:
            answer = None  # told of the same document, as when its tenant drains
        elif answer is None and spec.replicas:
            answer = self._remembered(path, found, "members")
        if answer is None or len(_wanted(answer, spec)) < spec.replicas:
            answer = await self._put(
                path,
                found,
                lambda: self.client.put_node(tenant, name, *mark, _body(spec)),
                lambda uid: self.client.end_node(tenant, name, uid),
            )
        self._told[path] = (mark, {**answer, "replicas": spec.replicas})
        return _wanted(answer, spec)

    async def members(self, tenant: str, pool: str) -> dict[str, Alive]:
        """Return what the fleet heard last of each member of a pool, by its token."""
        answer = await self.client.get_members(tenant, pool)
        return {
            row["token"]: Alive(is_alive=row["is_alive"], accounts=row["accounts"])
            for row in answer["members"]
        }

    async def put_merchant_key(
        self, tenant: str, found: Object, key: MerchantKey, credentials: Credentials
    ) -> str | None:
        """Tell with what a tenant signs; return until when older keys live.

        None: nothing was asked, or there is no older key.
        """
        path, mark = f"MerchantKey/{tenant}", (key.key_id, key.generation)
        overlap = credentials.overlap_seconds
        known = self._known(path, mark)
        if known is not None and known["overlap"] == overlap:
            return None
        is_held = known is None and self._held.get(path) == _text(mark) and _is_observed(found)
        answer: Mapping[str, Any] = {}
        if not is_held:
            secret = Secret(key.secret)
            answer = await self.client.put_merchant_key(
                tenant, key.key_id, secret, key.generation, overlap
            )
        self._told[path] = (mark, {"overlap": overlap})
        until = answer.get("retired_until")
        return None if until is None else str(until)

    async def unresolved(self, tenant: str) -> Left:
        """Return what of a tenant is not over."""
        return left(await self.client.get_unresolved(tenant))

    async def end_tenant(
        self, name: str, found: Object, *, is_erased: bool, is_forced: bool
    ) -> None:
        """Have a tenant closed."""
        uid = found["metadata"]["uid"]
        await self.client.end_tenant(name, uid, is_erased=is_erased, is_forced=is_forced)
        self._strategies.pop(name, None)

    def held_strategies(self, tenant: str) -> dict[str, str]:
        """Return the strategies that the platform runs of a tenant: name → uid."""
        return dict(self._strategies.get(tenant, {}))

    async def end_strategy(self, tenant: str, name: str, uid: str) -> None:
        """Have a strategy of this uid closed."""
        await self.client.end_strategy(tenant, name, uid)
        self._strategies.get(tenant, {}).pop(name, None)
        self._drop(f"Strategy/{tenant}/{name}")

    async def end_node(self, tenant: str, name: str, found: Object) -> None:
        """Have a pool closed."""
        await self.client.end_node(tenant, name, found["metadata"]["uid"])
        self._drop(f"ExecutionNode/{tenant}/{name}")

    def held_merchant_key(self, tenant: str, found: Object) -> int:
        """Return the generation of the key that the platform held of this very tenant; 0: none."""
        uid, _, _ = self._held.get(f"Tenant/{tenant}", "").rpartition("/")
        _, _, generation = self._held.get(f"MerchantKey/{tenant}", "/0").rpartition("/")
        return int(generation) if uid == found["metadata"]["uid"] else 0

    def forget(self, ref: Ref) -> None:
        """Keep nothing in mind of an object that is gone."""
        words = [ref.kind.name, ref.name]
        if ref.namespace is not None:
            words.insert(1, tenant_named(ref.namespace))
        self._told.pop("/".join(words), None)
        if ref.kind == TENANT:
            self._told.pop(f"MerchantKey/{ref.name}", None)

    async def compare(self) -> None:
        """Forget what the platform does not hold as it was told: a database may be set back."""
        self._held = dict(await self.client.get_hashes())
        for path, held in self._held.items():
            kind, _, rest = path.partition("/")
            if kind == STRATEGY.name:
                tenant, _, name = rest.partition("/")
                self._strategies.setdefault(tenant, {})[name] = held.rpartition("/")[0]
        for path, (mark, _) in list(self._told.items()):
            if self._held.get(path) != _text(mark):
                del self._told[path]

    async def _put(
        self,
        path: str,
        found: Object,
        put: Callable[[], Awaitable[dict[str, Any]]],
        end: Callable[[str], Awaitable[object]],
    ) -> dict[str, Any]:
        """Tell a document; one of the same name and another uid is gone for certain: it ends first.

        What is ending itself ends nobody: it may be late.
        """
        if "deletionTimestamp" in found["metadata"]:
            return await put()
        try:
            await self._end_former(path, found, end)
            return await put()
        except Problem as problem:
            if problem.code is not Code.NAME_TAKEN:
                raise
        await self.compare()  # it came and went without our hearing of it
        await self._end_former(path, found, end)
        return await put()

    async def _end_former(
        self, path: str, found: Object, end: Callable[[str], Awaitable[object]]
    ) -> None:
        uid = self._uid(path)
        if uid is not None and uid != found["metadata"]["uid"]:
            await end(uid)
            self._drop(path)

    def _uid(self, path: str) -> str | None:
        """Return the uid of the object that the platform holds by this name, as far as we know."""
        told = self._told.get(path)
        if told is not None:
            return told[0][0]
        held = self._held.get(path)
        return None if held is None else held.rpartition("/")[0]

    def _drop(self, path: str) -> None:
        self._told.pop(path, None)
        self._held.pop(path, None)

    def _remembered(self, path: str, found: Object, field_name: str) -> dict[str, Any] | None:
        """Return what an earlier run was answered, from the status; None: ask.

        The status may be somebody else's: it counts only where the platform holds this generation.
        """
        status: Object = found.get("status", {})
        if self._held.get(path) != _text(_mark(found)) or not status.get(field_name):
            return None
        return _answer(status) if _is_observed(found) else None

    def _known(self, path: str, mark: Mark) -> Mapping[str, Any] | None:
        told = self._told.get(path)
        return told[1] if told is not None and told[0] == mark else None


def _is_observed(found: Object) -> bool:
    """Tell whether a status speaks of the newest generation."""
    told = found.get("status", {}).get("observedGeneration")
    return bool(told == found["metadata"]["generation"])


def _answer(status: Object) -> dict[str, Any]:
    members = [
        {"index": int(row["name"].rsplit("-", 1)[1]), "token": row["token"]}
        for row in status.get("members", ())
    ]
    return {"engine_token": status.get("engineToken"), "members": members}


def _wanted(answer: Mapping[str, Any], spec: ExecutionNodeSpec) -> list[tuple[int, str]]:
    """Return the members that the pool should have; a status also shows those that leave."""
    rows = [(row["index"], row["token"]) for row in answer["members"]]
    return sorted(row for row in rows if row[0] < spec.replicas)


def _text(mark: Mark) -> str:
    return f"{mark[0]}/{mark[1]}"


def _mark(found: Object) -> Mark:
    return found["metadata"]["uid"], found["metadata"]["generation"]


def _body(spec: Spec) -> dict[str, Any]:
    return spec.model_dump(mode="json", by_alias=True)
