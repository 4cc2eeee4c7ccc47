"""What runs a tenant's strategies? One Deployment that is stopped before its successor starts."""

import hashlib
from collections.abc import Sequence
from typing import Final

from ironbull_messages.launch import EngineLaunch, Env
from ironbull_operator.desired import pods
from ironbull_operator.desired.documents import FILE, written
from ironbull_operator.desired.platform import Platform, labels, namespace_of
from ironbull_operator.kinds import CONFIG_MAP, DEPLOYMENT, Object

NAME: Final = "engine"
DOCUMENTS: Final = f"{NAME}-documents"
DOCUMENTS_FOLDER: Final = "/etc/ironbull/documents"
DOCUMENTS_FILE: Final = FILE
GRACE_SECONDS: Final = 30
DOCUMENTS_HASH: Final = "ironbull.io/documents-hash"
RESOURCES: Final[Object] = {
    "requests": {"cpu": "50m", "memory": "96Mi"},
    "limits": {"memory": "512Mi"},
}


def engine(
    platform: Platform,
    tenant: str,
    token: str,
    strategies: Sequence[Object],
    *,
    is_active: bool = True,
) -> list[Object]:
    """Return the engine of a tenant; with nothing to run it has no pod.

    Args:
        token: the id that the platform gave it.
        strategies: the documents that run, as the engine reads them.
        is_active: False: the documents are kept, and nothing runs.
    """
    text = written(strategies)
    digest = hashlib.sha256(text.encode()).hexdigest()
    documents: Object = {
        "apiVersion": CONFIG_MAP.api_version,
        "kind": CONFIG_MAP.name,
        "metadata": _metadata(tenant, DOCUMENTS),
        "data": {DOCUMENTS_FILE: text},
    }
    deployment: Object = {
        "apiVersion": DEPLOYMENT.api_version,
        "kind": DEPLOYMENT.name,
        "metadata": _metadata(tenant, NAME),
        "spec": {
            "replicas": 1 if strategies and is_active else 0,
            "revisionHistoryLimit": 2,
            "strategy": {"type": "Recreate"},
            "selector": {"matchLabels": selector(tenant)},
            "template": {
                "metadata": {
                    "labels": dict(labels(tenant, NAME, NAME)),
                    "annotations": {DOCUMENTS_HASH: digest},
                },
                "spec": _pod(platform, tenant, token),
            },
        },
    }
    return [documents, deployment]


def _pod(platform: Platform, tenant: str, token: str) -> Object:
    launch = EngineLaunch.model_validate(
        {
            Env.NATS_URL.value: platform.nats_url,
            Env.NATS_CREDS.value: pods.CREDS,
            Env.NATS_CREDS_SOURCE.value: pods.CREDS_SOURCE,
            Env.TENANT.value: tenant,
            Env.TOKEN.value: token,
            Env.HOST.value: "0.0.0.0",  # noqa: S104 - the kubelet probes it
            Env.HEALTH_PORT.value: pods.HEALTH_PORT,
            Env.DOCUMENTS.value: f"{DOCUMENTS_FOLDER}/{DOCUMENTS_FILE}",
        }
    )
    container = pods.container(
        NAME,
        platform.services_image,
        command=["python3", "-m", "ironbull_app", "engine"],
        environment=launch.to_environment(),
        mounts=[{"name": "documents", "mountPath": DOCUMENTS_FOLDER, "readOnly": True}],
        resources=RESOURCES,
    )
    documents: Object = {"name": "documents", "configMap": {"name": DOCUMENTS}}
    return pods.pod(container, NAME, [documents], GRACE_SECONDS)


def _metadata(tenant: str, name: str) -> Object:
    return {
        "name": name,
        "namespace": namespace_of(tenant),
        "labels": dict(labels(tenant, NAME, NAME)),
    }


def selector(tenant: str) -> dict[str, str]:
    """Return the labels by which the Deployment knows its pods; they never change."""
    wanted = labels(tenant, NAME, NAME)
    return {key: wanted[key] for key in ("app.kubernetes.io/name", "app.kubernetes.io/instance")}
