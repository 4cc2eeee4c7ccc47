"""How does the leader use the API? It asks for what was not seen, and writes while it leads."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from kubernetes.aio import client

from ironbull_messages.resources import TENANT_LABEL
from ironbull_operator.kinds import Kind, Object, Ref
from ironbull_operator.kube import JSON, PAGE, ConflictError, Kube, MissingError
from ironbull_operator.seen import OURS, Seen, is_watched

SERVED_SECONDS: Final = 300.0
"""For so long the answer counts whether a kind is served."""


class InformedKube(Kube):
    """The API of one cluster, as the leader uses it.

    What is watched is read from what was seen. Objects are as they were a moment ago, so whoever
    decides on one writes with its `resourceVersion`, or a thing that is right at any moment.

    Args:
        seen: what the watch tells too.
        fence: raises when nothing may be written any more.
        monotonic: seconds that never step.
    """

    def __init__(
        self,
        api: client.ApiClient,
        seen: Seen,
        fence: Callable[[], None],
        monotonic: Callable[[], float],
    ) -> None:
        super().__init__(api)
        self._seen = seen
        self._fence = fence
        self._monotonic = monotonic
        self._served: dict[Kind, tuple[bool, float]] = {}

    async def get(self, ref: Ref) -> Object | None:
        """Return an object as it was seen last, else as the API has it; None: it does not exist."""
        known = self._seen.one(ref)
        if known is not None:
            return known
        found = await super().get(ref)
        if found is None:
            self._seen.miss(ref)
        return found

    async def list(
        self, kind: Kind, namespace: str | None = None, labels: Mapping[str, str] | None = None
    ) -> Sequence[Object]:
        """Return all objects of a kind; those of a watched kind as they were seen last."""
        known = self._seen.all(kind, namespace, labels)
        return await super().list(kind, namespace, labels) if known is None else known

    async def survey(self, kind: Kind) -> Sequence[Object]:
        """Read all of a watched kind; return what is news, be it another version or an end."""
        query = {"limit": str(PAGE)}
        if kind not in OURS:
            query["labelSelector"] = TENANT_LABEL
        news: list[Object] = []
        there: set[Ref] = set()
        while True:
            page = await self._ask("GET", kind.path(None), query)
            for item in page["items"]:
                thing = {"apiVersion": kind.api_version, "kind": kind.name, **item}
                there.add(Ref.of(thing))
                if self._seen.learn(thing):
                    news.append(thing)
            if not (rest := page["metadata"].get("continue")):
                break
            query["continue"] = rest
        version = int(page["metadata"]["resourceVersion"])
        return [*news, *self._seen.finish(kind, there, version)]

    async def apply_status(self, thing: Object) -> Object:
        """Write an object's status; one that does not exist any more is read anew."""
        try:
            return await super().apply_status(thing)
        except MissingError:
            self._seen.doubt(Ref.of(thing))
            raise

    async def merge(self, ref: Ref, patch: Object) -> Object:
        """Change some fields of an object; one that was written meanwhile is read anew."""
        try:
            return await super().merge(ref, patch)
        except (ConflictError, MissingError):
            self._seen.doubt(ref)
            raise

    async def delete(
        self, ref: Ref, uid: str | None = None, *, leaves_children: bool = False
    ) -> None:
        """Delete an object; it is read anew until the watch tells what became of it."""
        await super().delete(ref, uid, leaves_children=leaves_children)
        self._seen.doubt(ref)

    async def serves(self, kind: Kind) -> bool:
        """Tell whether the cluster knows a kind; it is asked again after some minutes."""
        known = self._served.get(kind)
        if known is not None and self._monotonic() < known[1]:
            return known[0]
        found = await super().serves(kind)
        self._served[kind] = (found, self._monotonic() + SERVED_SECONDS)
        return found

    async def _ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Object | None = None,
        content: str = JSON,
    ) -> Object:
        if method != "GET":
            self._fence()
        answer = await super()._ask(method, path, query, body, content)
        if "name" in answer.get("metadata", {}) and is_watched(answer):
            self._seen.learn(answer)
        return answer
