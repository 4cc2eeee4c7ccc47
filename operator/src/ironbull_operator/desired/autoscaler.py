"""What changes the number of a pool's members by itself? An autoscaler on the pool's scale."""

from typing import Final

from ironbull_messages.resources.pool_parts import Autoscaling
from ironbull_operator.desired.platform import POOL_LABEL, labels
from ironbull_operator.kinds import EXECUTION_NODE, HORIZONTAL_POD_AUTOSCALER, Object

COMPONENT: Final = "node"


def autoscaler(tenant: str, pool: Object, wanted: Autoscaling) -> Object:
    """Return the autoscaler of a pool, which goes when the pool goes.

    Args:
        pool: the document, as it lives.
    """
    name, place = pool["metadata"]["name"], pool["metadata"]["namespace"]
    kind = {"apiVersion": EXECUTION_NODE.api_version, "kind": EXECUTION_NODE.name, "name": name}
    return {
        "apiVersion": HORIZONTAL_POD_AUTOSCALER.api_version,
        "kind": HORIZONTAL_POD_AUTOSCALER.name,
        "metadata": {
            "name": name,
            "namespace": place,
            "labels": {**labels(tenant, COMPONENT, name), POOL_LABEL: name},
            "ownerReferences": [{**kind, "uid": pool["metadata"]["uid"]}],
        },
        "spec": {
            "scaleTargetRef": kind,
            "minReplicas": wanted.min_replicas,
            "maxReplicas": wanted.max_replicas,
            "metrics": [
                {
                    "type": "Resource",
                    "resource": {
                        "name": "cpu",
                        "target": {
                            "type": "Utilization",
                            "averageUtilization": wanted.cpu_percent,
                        },
                    },
                }
            ],
        },
    }
