"""Who may do what in the cluster? No wildcards, and nobody reads Secrets of all namespaces."""

from itertools import product
from pathlib import Path

import pytest
from integration.chart.rendering import VALUES, Helm, Object, pick, title

READ = {"get", "list", "watch"}
OURS = {"tenants", "strategies", "executionnodes"}


def rules_of(objects: list[Object], kind: str) -> list[tuple[str, Object]]:
    roles = [one for one in objects if one["kind"] == kind]
    return [(title(role), rule) for role in roles for rule in role["rules"]]


@pytest.mark.parametrize("values", VALUES, ids=lambda path: path.stem)
def test_no_right_is_a_wildcard(helm: Helm, values: Path) -> None:
    objects = helm.objects(values.read_text())
    rules = rules_of(objects, "ClusterRole") + rules_of(objects, "Role")
    assert rules
    for name, rule in rules:
        for key in ("apiGroups", "resources", "verbs", "resourceNames"):
            assert "*" not in "".join(rule.get(key, [])), f"{name}: {key}"


def test_nobody_reads_the_secrets_of_all_namespaces(default_objects: list[Object]) -> None:
    bound = {
        one["roleRef"]["name"] for one in default_objects if one["kind"] == "ClusterRoleBinding"
    }
    for name, rule in rules_of(default_objects, "ClusterRole"):
        if "secrets" in rule["resources"]:
            assert name == "ClusterRole/ironbull-operator-tenant-secrets"
            assert name.partition("/")[2] not in bound


def test_the_operator_binds_one_role_and_no_other(default_objects: list[Object]) -> None:
    (rule,) = [
        rule
        for _, rule in rules_of(default_objects, "ClusterRole")
        if "bind" in rule["verbs"] or "escalate" in rule["verbs"]
    ]
    assert rule["verbs"] == ["bind"]
    assert rule["resourceNames"] == ["ironbull-operator-tenant-secrets"]


def test_the_operator_never_lists_secrets_nor_runs_in_pods(default_objects: list[Object]) -> None:
    for kind in ("ClusterRole", "Role"):
        for name, rule in rules_of(default_objects, kind):
            assert not {"pods/exec", "pods/attach", "nodes", "serviceaccounts/token"} & set(
                rule["resources"]
            ), name
            if "secrets" in rule["resources"]:
                assert not {"list", "watch", "deletecollection"} & set(rule["verbs"]), name


@pytest.mark.parametrize(("role", "writes"), [("editor", True), ("viewer", False)])
def test_people_get_rights_on_our_kinds_alone(
    default_objects: list[Object], role: str, *, writes: bool
) -> None:
    rules = pick(default_objects, f"ClusterRole/ironbull-{role}")["rules"]
    rows = {
        (resource, verb)
        for rule in rules
        for resource, verb in product(rule["resources"], rule["verbs"])
        if rule["apiGroups"] == ["ironbull.io"]
    }
    assert sum(len(rule["resources"]) * len(rule["verbs"]) for rule in rules) == len(rows)
    assert {(kind, verb) for kind in OURS for verb in READ} <= rows
    assert all(verb in READ for _, verb in rows) is not writes
    assert not {
        (resource, verb)
        for resource, verb in rows
        if resource.endswith(("/status", "/finalizers")) and verb not in READ
    }


def test_kubernetes_own_roles_take_ours_up_on_demand(helm: Helm) -> None:
    def labels(values: str, role: str) -> set[str]:
        found = pick(helm.objects(values), f"ClusterRole/ironbull-{role}")["metadata"]["labels"]
        return {name for name in found if "aggregate" in name}

    on = "rbac: {aggregateToDefaultRoles: true}"
    assert labels("", "editor") == labels("", "viewer") == set()
    assert labels(on, "editor") == {"rbac.authorization.k8s.io/aggregate-to-edit"}
    assert labels(on, "viewer") == {"rbac.authorization.k8s.io/aggregate-to-view"}
