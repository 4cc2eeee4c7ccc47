"""A real API server takes every object of the chart, and its controllers make every pod."""

import copy
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import yaml
from chart.desk import Desk
from cluster.kubectl import Kubectl, as_list, eventually
from integration.chart.rendering import CHART, HERE, NAMESPACE, RELEASE, ROOT, Object

WITHIN_SECONDS = 60
EXAMPLE = ROOT / "docs" / "examples" / "one-tenant.yaml"
PODS = {
    "bootstrap", "migrate", "centre", "api", "operator", "paper", "postgres", "nats"
}  # fmt: skip
OPERATOR = f"system:serviceaccount:{NAMESPACE}:ironbull-operator"
EVERYBODY_ELSE = f"system:serviceaccount:{NAMESPACE}:ironbull"


def test_only_restricted_pods_are_made_and_all_of_them(installed: Desk) -> None:
    def all_are_there() -> bool:
        pods = installed.kubectl.get("pods", f"--namespace={NAMESPACE}")["items"]
        names = " ".join(pod["metadata"]["name"] for pod in pods)
        return {name for name in PODS if f"ironbull-{name}" in names} == PODS

    eventually(all_are_there, WITHIN_SECONDS)
    events = installed.kubectl.get("events", f"--namespace={NAMESPACE}")["items"]
    assert not [event["message"] for event in events if event["reason"] == "FailedCreate"]


def test_it_says_what_it_brings_what_comes_next_and_where_the_merchant_key_is(
    installed: Desk,
) -> None:
    notes = installed.run("get", "notes", RELEASE)
    for words in ("PostgreSQL is the chart's own trial", "NATS is the chart's own trial"):
        assert words in notes
    assert "Live is refused" in notes
    assert "kubectl apply -f docs/examples/one-tenant.yaml" in notes
    assert "get secret ironbull-merchant-aurora" in notes


def test_the_example_is_taken_and_real_money_is_refused_with_the_way_out(installed: Desk) -> None:
    installed.kubectl("wait", "crd/tenants.ironbull.io", "--for=condition=Established")
    installed.kubectl("apply", f"--filename={EXAMPLE}")
    documents = [one for one in yaml.safe_load_all(EXAMPLE.read_text()) if one]
    tenant = next(one for one in documents if one["kind"] == "Tenant")
    strategy = next(one for one in documents if one["kind"] == "Strategy")
    tenant["spec"]["venues"][0]["environment"] = "Live"
    strategy["spec"]["mode"] = "Live"

    def is_refused() -> bool:
        said = installed.kubectl.refusal("apply", "--filename=-", given=as_list(tenant))
        assert "spec.venues: environment Live is refused by this installation" in said
        return "live.allowed" in said

    eventually(is_refused, WITHIN_SECONDS)  # a policy takes a moment to hold
    said = installed.kubectl.refusal("apply", "--filename=-", given=as_list(strategy))
    assert "spec.mode" in said  # its definition knows Paper alone, as yet
    assert "Live" in said


def test_a_tenant_with_a_live_venue_is_not_deleted_with_all_that_it_has(installed: Desk) -> None:
    kubectl = installed.kubectl
    kubectl("wait", "crd/tenants.ironbull.io", "--for=condition=Established")
    tenant = next(
        one for one in yaml.safe_load_all(EXAMPLE.read_text()) if one and one["kind"] == "Tenant"
    )
    tenant["metadata"]["name"] = "older"
    tenant["spec"]["deletionPolicy"] = "Delete"
    definition = kubectl.get("crd/tenants.ironbull.io")
    kubectl.apply(tenant)
    with _an_older_definition(kubectl, definition):
        # Real money is refused by a policy of its own, which an installation for it has not.
        kubectl("delete", "validatingadmissionpolicybinding/ironbull-tenants-not-live")
        eventually(lambda: _is_live(kubectl, "older"), WITHIN_SECONDS)
    said = kubectl.refusal("delete", "tenant/older")
    assert "spec.deletionPolicy: a tenant with a Live venue is not deleted" in said
    kubectl("patch", "tenant/older", "--type=merge", '--patch={"spec":{"deletionPolicy":"Retain"}}')
    kubectl("delete", "tenant/older")


@contextmanager
def _an_older_definition(kubectl: Kubectl, definition: Object) -> Iterator[None]:
    """Have the definition without its rules, as one from before them."""
    version = definition["spec"]["versions"][0]
    bare = copy.deepcopy(version["schema"]["openAPIV3Schema"])
    bare["properties"]["spec"].pop("x-kubernetes-validations")
    path = "/spec/versions/0/schema/openAPIV3Schema"
    ways = (bare, version["schema"]["openAPIV3Schema"])

    def put(schema: Object) -> None:
        patch = json.dumps([{"op": "replace", "path": path, "value": schema}])
        kubectl("patch", "crd/tenants.ironbull.io", "--type=json", f"--patch={patch}")

    put(ways[0])
    try:
        yield
    finally:
        put(ways[1])


def _is_live(kubectl: Kubectl, tenant: str) -> bool:
    patch = json.dumps([{"op": "replace", "path": "/spec/venues/0/environment", "value": "Live"}])
    kubectl("patch", f"tenant/{tenant}", "--type=json", f"--patch={patch}")
    return True


@pytest.mark.parametrize(
    ("allowed", "who", "what"),
    [
        (True, OPERATOR, "patch tenants.ironbull.io --subresource=status"),
        (True, OPERATOR, "create namespaces"),
        (True, OPERATOR, "patch statefulsets.apps -n other"),
        (True, OPERATOR, f"create secrets -n {NAMESPACE}"),
        (True, OPERATOR, f"update leases/ironbull-operator -n {NAMESPACE}"),
        (True, OPERATOR, "create events -n other"),
        (True, OPERATOR, "bind clusterroles/ironbull-operator-tenant-secrets"),
        (False, OPERATOR, "get secrets -n other"),
        (False, OPERATOR, f"list secrets -n {NAMESPACE}"),
        (False, OPERATOR, "bind clusterroles/cluster-admin"),
        (False, OPERATOR, "escalate clusterroles"),
        (False, OPERATOR, "create pods -n other"),
        (False, OPERATOR, "create pods -n other --subresource=exec"),
        (False, OPERATOR, "delete tenants.ironbull.io"),
        (False, OPERATOR, "impersonate users"),
        (False, EVERYBODY_ELSE, f"get secrets -n {NAMESPACE}"),
        (False, EVERYBODY_ELSE, "list tenants.ironbull.io"),
    ],
    ids=lambda value: str(value).rpartition(":")[2],
)
def test_the_api_server_grants_what_is_meant(
    installed_once: Desk, *, allowed: bool, who: str, what: str
) -> None:
    ask = ("auth", "can-i", *what.split(), f"--as={who}")
    if allowed:
        assert "yes" in installed_once.kubectl(*ask)
    else:
        installed_once.kubectl.refusal(*ask)


def test_a_role_binding_to_the_one_role_gives_the_operator_the_secrets_there(
    installed: Desk,
) -> None:
    installed.kubectl("create", "namespace", "ironbull-brook")
    installed.kubectl("label", "namespace", "ironbull-brook", "ironbull.io/tenant=brook")
    binding = ("create", "rolebinding", "operator", "--namespace=ironbull-brook")
    installed.kubectl(
        *binding, f"--serviceaccount={NAMESPACE}:ironbull-operator",
        "--clusterrole=ironbull-operator-tenant-secrets", f"--as={OPERATOR}",
    )  # fmt: skip
    installed.kubectl(
        "auth", "can-i", "get", "secrets", "--namespace=ironbull-brook", f"--as={OPERATOR}"
    )


def test_an_upgrade_changes_only_what_changed(installed: Desk) -> None:
    def generations() -> dict[str, int]:
        found = installed.kubectl.get("deployments,statefulsets,jobs", f"--namespace={NAMESPACE}")[
            "items"
        ]
        return {
            f"{one['kind']}/{one['metadata']['name']}": one["metadata"]["generation"]
            for one in found
        }

    before = generations()
    installed.run("upgrade", RELEASE, str(CHART))
    assert generations() == before
    installed.run("upgrade", RELEASE, str(CHART), values="operator: {replicas: 2}")
    after = generations()
    assert {name for name in before if before[name] != after[name]} == {
        "Deployment/ironbull-operator"
    }
    image = "images: {services: {repository: ironbull-services, tag: other}}"
    installed.run("upgrade", RELEASE, str(CHART), values=image)
    jobs = {name for name in generations() if name.startswith("Job/")}
    assert len(jobs) == 2
    assert len({name for name in jobs if "migrate" in name} - set(before)) == 1


def test_an_uninstall_leaves_the_definitions_and_what_is_in_them(installed: Desk) -> None:
    installed.kubectl("wait", "crd/tenants.ironbull.io", "--for=condition=Established")
    installed.kubectl("apply", f"--filename={EXAMPLE}")
    said = installed.run("uninstall", RELEASE, "--no-hooks")
    assert "kept due to the resource policy" in said
    assert installed.kubectl.get("tenants")["items"]
    rest = installed.kubectl(
        "get", "clusterroles,clusterrolebindings,validatingadmissionpolicies", "--output=name",
        "--selector=app.kubernetes.io/instance=ironbull",
    )  # fmt: skip
    assert rest == ""
    installed.run("install", RELEASE, str(CHART), "--take-ownership")


def test_a_second_release_in_one_cluster_is_refused(installed: Desk) -> None:
    said = installed.refusal("install", "another", str(CHART))
    assert re.search(r"exists and cannot be imported into the current release", said)


@pytest.mark.usefixtures("others")
def test_every_set_of_values_is_taken_by_the_api_server(desk: Desk) -> None:
    for values in sorted((HERE / "values").glob("*.yaml")):
        desk.run(
            "install", RELEASE, str(CHART), "--dry-run=server", values=values.read_text() or "{}"
        )
