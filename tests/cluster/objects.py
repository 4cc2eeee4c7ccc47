"""What lies in the cluster before anybody uses it: a storage class, volumes, an ingress class."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cluster.places import Node

VOLUMES_PER_NODE = 64
VOLUME_SIZE = "10Gi"
STORAGE_CLASS = "local"
INGRESS_CLASS = "traefik"

Object = Mapping[str, Any]


def storage_class() -> Object:
    """Return the default class: a volume is chosen where its pod is placed."""
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {
            "name": STORAGE_CLASS,
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        },
        "provisioner": "kubernetes.io/no-provisioner",
        "volumeBindingMode": "WaitForFirstConsumer",
        "reclaimPolicy": "Retain",
    }


def volume(node: Node, number: int, folder: Path) -> Object:
    """Return one volume: a folder of one node."""
    placed = {"key": "kubernetes.io/hostname", "operator": "In", "values": [node.name]}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": f"{node.name}-{number:02}"},
        "spec": {
            "capacity": {"storage": VOLUME_SIZE},
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": STORAGE_CLASS,
            "persistentVolumeReclaimPolicy": "Retain",
            "local": {"path": str(folder)},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [placed]}]}},
        },
    }


def ingress_class() -> Object:
    """Return the class that Traefik serves; an Ingress without a class is Traefik's too."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "IngressClass",
        "metadata": {
            "name": INGRESS_CLASS,
            "annotations": {"ingressclass.kubernetes.io/is-default-class": "true"},
        },
        "spec": {"controller": "traefik.io/ingress-controller"},
    }


def all_of(nodes: Sequence[Node]) -> str:
    """Make the volumes' folders and return everything as one document for kubectl."""
    items = [storage_class(), ingress_class()]
    for node in nodes:
        for number in range(1, VOLUMES_PER_NODE + 1):
            folder = node.folder / "volumes" / f"{number:02}"
            folder.mkdir()
            items.append(volume(node, number, folder))
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
