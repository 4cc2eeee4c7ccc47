"""How do changes in the cluster reach the queue? kopf watches; it never writes for us.

Only `on.event` handlers: every other kind of handler of kopf patches the objects that it watches.
"""

import asyncio
import random
from collections.abc import Callable, Iterator
from typing import Any, Final

import kopf
import structlog

from ironbull_messages.resources import TENANT_LABEL
from ironbull_operator.desired.platform import POOL_LABEL, tenant_named
from ironbull_operator.informed import InformedKube
from ironbull_operator.kinds import EXECUTION_NODE, TENANT, Kind, Object, Ref
from ironbull_operator.kube import PAGE, KubeError
from ironbull_operator.seen import CHILDREN, OURS, WATCHED, Seen

REQUEST_SECONDS: Final = 30
QUIET_SECONDS: Final = 90
"""A watch that says nothing for this long is begun anew; the API sends a bookmark each minute."""
IDLE_SECONDS: Final = 1.0
"""How long kopf keeps a task for an object after its last event."""
EXIT_SECONDS: Final = 1.0
SURVEY_SECONDS: Final = 300.0
"""How often all that is watched is read anew: kopf does not tell what went away in a gap."""
AGAIN_SECONDS: Final = 2.0

Wake = Callable[[Ref], None]


class _NoMemory(kopf.DiffBaseStorage):
    """What kopf should keep of objects: nothing; it copied each one on each event to compare it."""

    def build(self, **_: Any) -> kopf.BodyEssence:
        """Return no essence."""
        return kopf.BodyEssence({})

    def fetch(self, **_: Any) -> kopf.BodyEssence | None:
        """Return that nothing was kept."""
        return None

    def store(self, **_: Any) -> None:
        """Keep nothing."""


_log = structlog.get_logger()


def woken(thing: Object) -> Iterator[Ref]:
    """Yield who has to look when an object is news: itself, and whoever it belongs to."""
    ref = Ref.of(thing)
    if ref.kind in OURS:
        yield ref
        if ref.kind != TENANT and ref.namespace is not None:
            yield Ref(TENANT, tenant_named(ref.namespace))
        return
    labels = thing["metadata"].get("labels") or {}
    if (pool := labels.get(POOL_LABEL)) is not None:
        yield Ref(EXECUTION_NODE, pool, ref.namespace)
    elif (tenant := labels.get(TENANT_LABEL)) is not None:
        yield Ref(TENANT, tenant)


def is_told(thing: Object) -> bool:
    """Tell whether an object's status is of its newest generation."""
    told: int | None = thing.get("status", {}).get("observedGeneration")
    return told == thing["metadata"]["generation"] and "deletionTimestamp" not in thing["metadata"]


async def survey(kube: InformedKube, wake: Wake, wake_patiently: Wake) -> None:
    """See all that is watched and have each object of ours looked at, for the first time.

    What was changed while nobody looked goes first. From then on reads are answered from memory.
    """
    for kind in (*CHILDREN, *OURS):
        while True:
            try:
                found = await kube.survey(kind)
                break
            except KubeError as error:
                _log.warning("cluster.not_seen", kind=kind.name, why=str(error))
                await asyncio.sleep(AGAIN_SECONDS)
        if kind in OURS:
            for thing in found:
                (wake_patiently if is_told(thing) else wake)(Ref.of(thing))
    _log.info("cluster.seen", kinds=len(WATCHED))


async def survey_again(kube: InformedKube, wake: Wake) -> None:
    """Read all that is watched from time to time, for as long as this is awaited."""
    while True:
        await asyncio.sleep(SURVEY_SECONDS * (1 + random.random() / 5))  # noqa: S311 - no secret
        try:
            for kind in WATCHED:
                for thing in await kube.survey(kind):
                    for ref in woken(thing):
                        wake(ref)
        except KubeError as error:
            _log.warning("cluster.not_seen", why=str(error))


def registry(seen: Seen, wake: Wake) -> kopf.OperatorRegistry:
    """Return what is watched, and what is woken by it.

    An event that only repeats what our own write was answered wakes nobody.
    """
    handlers = kopf.OperatorRegistry()

    # A coroutine: kopf would call a plain function in a thread, and the queue is the loop's.
    async def hear(event: Any, **_: Any) -> None:
        thing: Object = event["object"]
        is_news = seen.lose(thing) if event["type"] == "DELETED" else seen.learn(thing)
        if is_news:
            for ref in woken(thing):
                wake(ref)

    def log_in(**words: Any) -> kopf.ConnectionInfo | None:
        return kopf.login_with_service_account(**words) or kopf.login_with_kubeconfig(**words)

    kopf.on.login(registry=handlers)(log_in)
    for kind in WATCHED:
        kopf.on.event(*_resource(kind), registry=handlers, id="hear")(hear)
    return handlers


def settings() -> kopf.OperatorSettings:
    """Return kopf's settings: it posts nothing but warnings and scans nothing."""
    made = kopf.OperatorSettings()
    made.posting.level = 30
    made.posting.enabled = False
    made.scanning.disabled = True
    made.networking.request_timeout = REQUEST_SECONDS
    made.watching.inactivity_timeout = QUIET_SECONDS
    made.watching.chunk_size = PAGE
    made.queueing.idle_timeout = IDLE_SECONDS
    made.queueing.exit_timeout = EXIT_SECONDS
    made.persistence.finalizer = "ironbull.io/kopf"
    made.persistence.diffbase_storage = _NoMemory()
    for kind in CHILDREN:
        made.watching.label_selectors[_resource(kind)] = TENANT_LABEL
    return made


def _resource(kind: Kind) -> tuple[str, str, str]:
    """Return group, version and plural."""
    group, _, version = kind.api_version.rpartition("/")
    return group, version, kind.path(None).rpartition("/")[2]
