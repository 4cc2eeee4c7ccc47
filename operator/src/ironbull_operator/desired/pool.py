"""What runs the members of a pool? A StatefulSet of one each: each has its own journal."""

from dataclasses import dataclass
from typing import Final

from ironbull_messages.launch import Env, NodeLaunch
from ironbull_messages.resources import ExecutionNodeSpec, Venue
from ironbull_messages.resources.pool_parts import Resources, Storage
from ironbull_operator.desired import exchange, pods
from ironbull_operator.desired.platform import POOL_LABEL, Platform, labels, namespace_of
from ironbull_operator.desired.quantities import canonical
from ironbull_operator.kinds import SERVICE, STATEFUL_SET, Kind, Object

COMPONENT: Final = "node"
STATE_FOLDER: Final = "/var/lib/ironbull"
DISRUPTION_BUDGET: Final = Kind("policy/v1", "PodDisruptionBudget")


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a pool.

    Args:
        token: the id that the platform gave it.
    """

    tenant: str
    pool: str
    index: int
    token: str

    @property
    def name(self) -> str:
        """Of its StatefulSet and its Secret."""
        return f"{self.pool}-{self.index}"


def pool_objects(tenant: str, pool: str) -> list[Object]:
    """Return what a pool has once: a headless Service, and a budget for disruptions."""
    common = {
        "name": pool,
        "namespace": namespace_of(tenant),
        "labels": {**labels(tenant, COMPONENT, pool), POOL_LABEL: pool},
    }
    chosen = selector(pool)
    return [
        {
            "apiVersion": SERVICE.api_version,
            "kind": SERVICE.name,
            "metadata": common,
            "spec": {
                "clusterIP": "None",
                "selector": chosen,
                "ports": [
                    {
                        "name": "health",
                        "port": pods.HEALTH_PORT,
                        "targetPort": "health",
                        "protocol": "TCP",
                    }
                ],
            },
        },
        {
            "apiVersion": DISRUPTION_BUDGET.api_version,
            "kind": DISRUPTION_BUDGET.name,
            "metadata": common,
            "spec": {"maxUnavailable": 1, "selector": {"matchLabels": chosen}},
        },
    ]


def member_set(
    platform: Platform,
    member: Member,
    spec: ExecutionNodeSpec,
    venue: Venue,
    image: str | None = None,
) -> Object:
    """Return the StatefulSet of one member, which trades at this venue.

    Args:
        image: None means the platform's.
    """
    tenant, name = member.tenant, member.name
    marks = {**labels(tenant, COMPONENT, name), POOL_LABEL: member.pool}
    launch = NodeLaunch.model_validate(
        {
            Env.NATS_URL.value: platform.nats_url,
            Env.NATS_CREDS.value: pods.CREDS,
            Env.NATS_CREDS_SOURCE.value: pods.CREDS_SOURCE,
            Env.TENANT.value: tenant,
            Env.TOKEN.value: member.token,
            Env.HOST.value: "0.0.0.0",  # noqa: S104 - the kubelet probes it
            Env.HEALTH_PORT.value: pods.HEALTH_PORT,
            Env.STATE_DIR.value: STATE_FOLDER,
            Env.VENUE.value: venue.type,
            Env.VENUE_URL.value: exchange.url(platform, venue, spec.location),
            Env.CENTRE_KEY.value: platform.centre_key,
            Env.CONCURRENCY.value: spec.concurrency,
            Env.DRAIN_SECONDS.value: spec.drain_timeout_seconds,
        }
    )
    container = pods.container(
        COMPONENT,
        image or platform.node_image,
        command=["python3", "-m", "ironbull_node"],
        environment=launch.to_environment(),
        mounts=[{"name": "journal", "mountPath": STATE_FOLDER}],
        resources=_resources(spec.resources or Resources()),
    )
    instance = {key: marks[key] for key in ("app.kubernetes.io/name", "app.kubernetes.io/instance")}
    return {
        "apiVersion": STATEFUL_SET.api_version,
        "kind": STATEFUL_SET.name,
        "metadata": {"name": name, "namespace": namespace_of(tenant), "labels": marks},
        "spec": {
            "replicas": 1,
            "serviceName": member.pool,
            # A pod that never became ready is replaced by one of a corrected template.
            "podManagementPolicy": "Parallel",
            "revisionHistoryLimit": 2,
            "selector": {"matchLabels": instance},
            "template": {
                "metadata": {"labels": marks},
                "spec": pods.pod(container, name, [], spec.grace_seconds),
            },
            "volumeClaimTemplates": [_journal(spec.storage or Storage())],
        },
    }


def _resources(given: Resources) -> Object:
    return {
        side: {name: canonical(text) for name, text in amounts.items()}
        for side, amounts in given.model_dump(exclude_none=True).items()
        if amounts
    }


def _journal(storage: Storage) -> Object:
    spec: Object = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": canonical(storage.size)}},
    }
    if storage.class_name is not None:
        spec["storageClassName"] = storage.class_name
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "journal"},
        "spec": spec,
    }


def selector(pool: str) -> dict[str, str]:
    """Return the labels by which all pods of a pool are found."""
    return {"app.kubernetes.io/name": COMPONENT, POOL_LABEL: pool}
