"""Every pod of the chart passes Pod Security "restricted", and Kubernetes knows every field."""

from pathlib import Path

import kubernetes_validate
import pytest
from integration.chart.rendering import VALUES, Helm, Object, containers, pods, title

# The oldest that the chart allows, and the newest that is known.
VERSIONS = ("1.33", "1.36")
# Kinds of others, of which that package has no schema.
UNKNOWN_KINDS = {"PodMonitor", "ServiceMonitor", "PrometheusRule", "HTTPRoute", "ScaledObject"}
# They speak to the API server; nobody else holds a token.
WITH_TOKEN = {"api", "bootstrap", "operator", "uninstall"}
MAX_CPU_REQUEST = 1.5
of_every_file = pytest.mark.parametrize("values", VALUES, ids=lambda path: path.stem)


@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_knows_every_field(helm: Helm, version: str) -> None:
    different: list[Object] = []
    for values in VALUES:
        different += [one for one in helm.objects(values.read_text()) if one not in different]
    for one in different:
        if one["kind"] not in UNKNOWN_KINDS:
            kubernetes_validate.validate(one, version, strict=True)


def test_a_field_that_kubernetes_does_not_know_is_found(default_objects: list[Object]) -> None:
    broken = {**default_objects[0], "automountServiceAcountToken": False}
    with pytest.raises(kubernetes_validate.ValidationError, match="automountServiceAcountToken"):
        kubernetes_validate.validate(broken, "1.34", strict=True)


@of_every_file
def test_every_pod_is_restricted(helm: Helm, values: Path) -> None:
    for name, pod in pods(helm.objects(values.read_text())):
        context = pod["securityContext"]
        assert context["runAsNonRoot"] is True, name
        assert context["runAsUser"] == context["runAsGroup"] == context["fsGroup"] == 10001, name
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert not {"hostNetwork", "hostPID", "hostIPC", "hostUsers"} & set(pod), name
        for volume in pod.get("volumes", []):
            assert set(volume) - {"name"} <= {"configMap", "emptyDir", "projected", "secret"}, name
        for container in containers(pod):
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }, name


@of_every_file
def test_only_who_speaks_to_the_api_server_has_a_token(helm: Helm, values: Path) -> None:
    objects = helm.objects(values.read_text())
    accounts = [one for one in objects if one["kind"] == "ServiceAccount"]
    assert all(one["automountServiceAccountToken"] is False for one in accounts)
    for name, pod in pods(objects):
        component = next(word for word in [*sorted(WITH_TOKEN), ""] if word in name)
        assert pod["automountServiceAccountToken"] is bool(component), name
        assert pod["serviceAccountName"] in {one["metadata"]["name"] for one in accounts}, name


@of_every_file
def test_every_container_asks_for_what_it_needs_and_is_bounded(helm: Helm, values: Path) -> None:
    for name, pod in pods(helm.objects(values.read_text())):
        for container in containers(pod):
            assert set(container["resources"]["requests"]) == {"cpu", "memory"}, name
            assert "memory" in container["resources"]["limits"], name
            assert not container["image"].endswith(":latest"), name


def test_the_default_pods_fit_a_small_machine(default_objects: list[Object]) -> None:
    asked = [
        int(container["resources"]["requests"]["cpu"].removesuffix("m"))
        for one in default_objects
        if one["kind"] in {"Deployment", "StatefulSet"}
        for container in one["spec"]["template"]["spec"]["containers"]
    ]
    assert sum(asked) / 1000 <= MAX_CPU_REQUEST


@of_every_file
def test_whatever_serves_is_probed(helm: Helm, values: Path) -> None:
    for one in helm.objects(values.read_text()):
        if one["kind"] not in {"Deployment", "StatefulSet"}:
            continue
        for container in one["spec"]["template"]["spec"]["containers"]:
            for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                assert container[probe]["timeoutSeconds"] >= 5, (title(one), probe)


def test_an_operators_standby_has_a_budget_and_a_lone_pod_has_none(helm: Helm) -> None:
    def budgets(values: str) -> set[str]:
        found = [one for one in helm.objects(values) if one["kind"] == "PodDisruptionBudget"]
        return {one["metadata"]["name"] for one in found}

    assert budgets("") == set()
    assert budgets("operator: {replicas: 2}") == {"ironbull-operator"}
    assert budgets("api: {replicas: 2}") == {"ironbull-api"}
    assert budgets("{operator: {replicas: 2}, podDisruptionBudgets: {enabled: false}}") == set()
