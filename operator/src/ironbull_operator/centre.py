"""What was told to the platform, so that it is told once per generation and run?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ironbull_kit.platform_client import PlatformClient
from ironbull_kit.secret import Secret
from ironbull_messages.resources import Spec
from ironbull_operator.kinds import Object

Mark = tuple[str, int]
"""uid and generation"""


@dataclass(slots=True)
class Centre:
    """The platform API, asked only for what it was not asked yet.

    Each call raises `Problem` when the platform refuses, `ConnectionError` when it is away.
    """

    client: PlatformClient
    _told: dict[str, tuple[Mark, dict[str, Any]]] = field(default_factory=dict)
    _keys: set[str] = field(default_factory=set)

    async def put_tenant(self, name: str, found: Object, spec: Spec) -> str:
        """Tell a tenant; return its engine's token."""
        mark, body = _mark(found), _body(spec)
        answer = self._known(f"Tenant/{name}", mark)
        if answer is None:
            answer = await self.client.put_tenant(name, *mark, body)
            self._told[f"Tenant/{name}"] = (mark, answer)
        return str(answer["engine_token"])

    async def put_strategy(self, tenant: str, name: str, found: Object, spec: Spec) -> None:
        """Tell a strategy."""
        mark, body, path = _mark(found), _body(spec), f"Strategy/{tenant}/{name}"
        if self._known(path, mark) is None:
            answer = await self.client.put_strategy(tenant, name, *mark, body)
            self._told[path] = (mark, answer)

    async def put_node(
        self, tenant: str, name: str, found: Object, spec: Spec
    ) -> list[tuple[int, str]]:
        """Tell a pool; return index and token of each member that should run."""
        mark, body, path = _mark(found), _body(spec), f"ExecutionNode/{tenant}/{name}"
        answer = self._known(path, mark)
        if answer is None:
            answer = await self.client.put_node(tenant, name, *mark, body)
            self._told[path] = (mark, answer)
        return [(row["index"], row["token"]) for row in answer["members"]]

    async def put_merchant_key(self, tenant: str, key_id: str, secret: str) -> None:
        """Tell with what a tenant signs."""
        if key_id not in self._keys:
            await self.client.put_merchant_key(tenant, key_id, Secret(secret))
            self._keys.add(key_id)

    async def compare(self) -> None:
        """Forget what the platform does not hold as it was told: a database may be set back."""
        held = await self.client.get_hashes()
        for path, ((uid, generation), _) in list(self._told.items()):
            if held.get(path) != f"{uid}/{generation}":
                del self._told[path]
                self._keys.clear()

    def _known(self, path: str, mark: Mark) -> Mapping[str, Any] | None:
        told = self._told.get(path)
        return told[1] if told is not None and told[0] == mark else None


def _mark(found: Object) -> Mark:
    return found["metadata"]["uid"], found["metadata"]["generation"]


def _body(spec: Spec) -> dict[str, Any]:
    return spec.model_dump(mode="json", by_alias=True)
