"""What runs a tenant's strategies? Deployments that are stopped before their successors start.

One is shared; a strategy whose placement is Dedicated has one of its own.
"""

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
    own: str | None = None,
    is_active: bool = True,
) -> list[Object]:
    """Return an engine of a tenant; with nothing to run it has no pod.

    Args:
        token: the id under which it speaks.
        strategies: the documents that run, as the engine reads them.
        own: the strategy that has it for itself; None: the shared one.
        is_active: False: the documents are kept, and nothing runs.
    """
    text, name = written(strategies), name_of(own)
    documents: Object = {
        "apiVersion": CONFIG_MAP.api_version,
        "kind": CONFIG_MAP.name,
        "metadata": _metadata(tenant, documents_of(own), name),
        "data": {DOCUMENTS_FILE: text},
    }
    deployment: Object = {
        "apiVersion": DEPLOYMENT.api_version,
        "kind": DEPLOYMENT.name,
        "metadata": _metadata(tenant, name, name),
        "spec": {
            "replicas": 1 if strategies and is_active else 0,
            "revisionHistoryLimit": 2,
            "strategy": {"type": "Recreate"},
            "selector": {"matchLabels": selector(tenant, own)},
            "template": {
                "metadata": {
                    "labels": dict(labels(tenant, NAME, name)),
                    "annotations": {DOCUMENTS_HASH: _digest(text)},
                },
                "spec": _pod(platform, tenant, token, own),
            },
        },
    }
    return [documents, deployment]


def _pod(platform: Platform, tenant: str, token: str, own: str | None) -> Object:
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
    documents: Object = {"name": "documents", "configMap": {"name": documents_of(own)}}
    return pods.pod(container, secret_of(own), [documents], GRACE_SECONDS)


def name_of(own: str | None = None) -> str:
    """Return the name of an engine's Deployment; None: of the shared one."""
    return NAME if own is None else f"{NAME}-{own}"


def documents_of(own: str | None = None) -> str:
    """Return the name of the ConfigMap that it reads."""
    return f"{name_of(own)}-documents"


def secret_of(own: str | None = None) -> str:
    """Return the name of the Secret with its credentials; no member's is called so."""
    return NAME if own is None else f"{name_of(own)}-nats"


def selector(tenant: str, own: str | None = None) -> dict[str, str]:
    """Return the labels by which a Deployment knows its pods; they never change."""
    wanted = labels(tenant, NAME, name_of(own))
    return {key: wanted[key] for key in ("app.kubernetes.io/name", "app.kubernetes.io/instance")}


def owner_of(thing: Object) -> str | None:
    """Return the strategy whose own engine a thing belongs to; None: to the shared one."""
    name: str = thing["metadata"]["labels"]["app.kubernetes.io/instance"]
    return None if name == NAME else name.removeprefix(f"{NAME}-")


def reads(texts: Object | None, live: Object, document: Object) -> bool:
    """Tell whether an engine was made for documents among which is this one, just as it is.

    Args:
        texts: its ConfigMap.
        live: its Deployment.
    """
    text = (texts or {}).get("data", {}).get(DOCUMENTS_FILE, "")
    is_newest = documents_hash(live["spec"]["template"]) == _digest(text)
    return is_newest and written([document]) in text


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def documents_hash(pod: Object) -> str | None:
    """Return which documents a pod reads, or one of a template; None: it does not say."""
    found: str | None = pod["metadata"].get("annotations", {}).get(DOCUMENTS_HASH)
    return found


def _metadata(tenant: str, name: str, engine_name: str) -> Object:
    return {
        "name": name,
        "namespace": namespace_of(tenant),
        "labels": dict(labels(tenant, NAME, engine_name)),
    }
