"""How do changes in the cluster reach the queue? kopf watches; it never writes for us.

Only `on.event` handlers: every other kind of handler of kopf patches the objects that it watches.
"""

from collections.abc import Callable
from typing import Any, Final

import kopf

from ironbull_messages.resources import GROUP, TENANT_LABEL
from ironbull_operator.desired.platform import POOL_LABEL, tenant_named
from ironbull_operator.kinds import EXECUTION_NODE, STRATEGY, TENANT, Kind, Ref

VERSION: Final = "v1alpha1"
OURS: Final[dict[str, Kind]] = {
    "tenants": TENANT,
    "strategies": STRATEGY,
    "executionnodes": EXECUTION_NODE,
}
CHILDREN: Final = (
    ("apps", "v1", "deployments"),
    ("apps", "v1", "statefulsets"),
    ("", "v1", "configmaps"),
    ("", "v1", "services"),
)
REQUEST_SECONDS: Final = 30
QUIET_SECONDS: Final = 600
"""A watch that says nothing for this long is begun anew: it may be dead."""


def registry(wake: Callable[[Ref], None]) -> kopf.OperatorRegistry:
    """Return what is watched, and what is woken by it."""
    handlers = kopf.OperatorRegistry()

    def ours(resource: kopf.Resource, name: str, namespace: str | None, **_: Any) -> None:
        kind = OURS[resource.plural]
        wake(Ref(kind, name, namespace))
        if kind is not TENANT and namespace is not None:
            wake(Ref(TENANT, tenant_named(namespace)))

    def child(labels: kopf.Labels, namespace: str | None, **_: Any) -> None:
        tenant = labels.get(TENANT_LABEL, "")
        pool = labels.get(POOL_LABEL)
        if pool is None:
            wake(Ref(TENANT, tenant))
        else:
            wake(Ref(EXECUTION_NODE, pool, namespace))

    def log_in(**words: Any) -> kopf.ConnectionInfo | None:
        return kopf.login_with_service_account(**words) or kopf.login_with_kubeconfig(**words)

    kopf.on.login(registry=handlers)(log_in)
    for plural in OURS:
        kopf.on.event(GROUP, VERSION, plural, registry=handlers, id="ours")(ours)
    for group, version, plural in CHILDREN:
        kopf.on.event(
            *(group, version, plural),
            labels={TENANT_LABEL: kopf.PRESENT},
            registry=handlers,
            id="child",
        )(child)
    return handlers


def settings() -> kopf.OperatorSettings:
    """Return kopf's settings: it posts nothing but warnings and scans nothing."""
    made = kopf.OperatorSettings()
    made.posting.level = 30
    made.posting.enabled = False
    made.scanning.disabled = True
    made.networking.request_timeout = REQUEST_SECONDS
    made.watching.inactivity_timeout = QUIET_SECONDS
    made.persistence.finalizer = "ironbull.io/kopf"
    return made
