"""What any cluster's API does with our objects; no node is needed."""

from typing import Any

import yaml
from cluster.kubectl import Kubectl, as_list
from cluster.places import ROOT
from cluster.workloads import pod, pod_spec

CRDS = sorted((ROOT / "crds").glob("*.yaml"))


def test_our_kinds_are_served_and_explained(defined: Kubectl) -> None:
    for path in CRDS:
        crd = yaml.safe_load(path.read_text())
        plural = crd["spec"]["names"]["plural"]
        assert plural in defined("api-resources", f"--api-group={crd['spec']['group']}")
        assert "FIELDS:" in defined("explain", f"{plural}.spec")


def test_an_object_with_a_wrong_field_is_refused_by_its_name(
    defined: Kubectl, api_room: str
) -> None:
    bad: dict[str, Any] = {
        "apiVersion": "ironbull.io/v1alpha1",
        "kind": "Strategy",
        "metadata": {"name": "bad", "namespace": api_room},
        "spec": {"symbols": 7},
    }
    said = defined.refusal("create", "--filename=-", given=as_list(bad))
    assert "spec.symbols" in said


def test_a_pod_that_may_too_much_is_refused_where_only_restricted_ones_may_enter(
    api: Kubectl, api_room: str
) -> None:
    spec = pod_spec("registry.test/any:1", "pass")
    spec["securityContext"].pop("runAsNonRoot")
    spec["containers"][0]["securityContext"]["allowPrivilegeEscalation"] = True
    said = api.refusal(
        "create", f"--namespace={api_room}", "--filename=-", given=as_list(pod("bad", spec))
    )
    assert "violates PodSecurity" in said
    assert "runAsNonRoot" in said
    assert "allowPrivilegeEscalation" in said
