"""What do all our pods have in common? Nothing that Pod Security "restricted" refuses."""

from collections.abc import Mapping
from typing import Final

from ironbull_messages.launch import CREDS_FILE
from ironbull_operator.kinds import Object

USER_ID: Final = 10001
HEALTH_PORT: Final = 9090
RUN: Final = "/run/ironbull"
"""In memory: the credentials that the process itself renews."""
SECRET: Final = "/etc/ironbull/nats"  # noqa: S105 - a folder
CREDS: Final = f"{RUN}/{CREDS_FILE}"
CREDS_SOURCE: Final = f"{SECRET}/{CREDS_FILE}"


def pod(container: Object, secret: str, volumes: list[Object], grace_seconds: int) -> Object:
    """Return the spec of a pod with one container that speaks NATS.

    Args:
        secret: holds its credentials.
        volumes: beside those that every pod of ours has.
        grace_seconds: how long it may take to end.
    """
    return {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": grace_seconds,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER_ID,
            "runAsGroup": USER_ID,
            "fsGroup": USER_ID,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
        "volumes": [
            {"name": "run", "emptyDir": {"medium": "Memory", "sizeLimit": "16Mi"}},
            {"name": "tmp", "emptyDir": {"sizeLimit": "64Mi"}},
            {"name": "nats", "secret": {"secretName": secret, "defaultMode": 0o440}},
            *volumes,
        ],
    }


def container(
    name: str,
    image: str,
    *,
    command: list[str],
    environment: Mapping[str, str],
    mounts: list[Object],
    resources: Object,
) -> Object:
    """Return a container that answers on the health port."""
    return {
        "name": name,
        "image": image,
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "imagePullPolicy": "IfNotPresent",
        "command": command,
        "env": [{"name": key, "value": text} for key, text in sorted(environment.items())],
        "ports": [{"name": "health", "containerPort": HEALTH_PORT, "protocol": "TCP"}],
        "resources": resources,
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "startupProbe": _probe("/live", period=2, failures=60),
        "livenessProbe": _probe("/live", period=10, failures=6),
        "readinessProbe": _probe("/ready", period=2, failures=3),
        "volumeMounts": [
            {"name": "run", "mountPath": RUN},
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - the container's own
            {"name": "nats", "mountPath": SECRET, "readOnly": True},
            *mounts,
        ],
    }


def _probe(path: str, period: int, failures: int) -> Object:
    return {
        "httpGet": {"path": path, "port": "health", "scheme": "HTTP"},
        "periodSeconds": period,
        "timeoutSeconds": 5,
        "failureThreshold": failures,
    }
