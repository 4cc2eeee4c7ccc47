"""What a pod is started with is what its process reads, and points at files that are mounted."""

from pathlib import PurePosixPath

import pytest
from integration.chart.rendering import HERE, NAMESPACE, Helm, Object, containers, pick, pods

from ironbull_app.settings import ApiSettings, CentreSettings, MigrateSettings
from ironbull_kit.settings import Settings
from ironbull_messages.launch import Env
from ironbull_messages.resources import Venue
from ironbull_operator.desired.namespace import OPERATOR_ACCOUNT, SECRETS_ROLE
from ironbull_operator.desired.platform import Platform
from ironbull_operator.desired.walls import policies
from ironbull_operator.installation import (
    DATABASE,
    KEYS,
    NATS_ROOTS,
    NATS_SERVER,
    NATS_USERS,
    SEEDS,
)
from ironbull_operator.settings import BootstrapSettings, OperatorSettings

READERS: dict[str, type[Settings]] = {
    "migrate": MigrateSettings,
    "centre": CentreSettings,
    "api": ApiSettings,
    "operator": OperatorSettings,
    "bootstrap": BootstrapSettings,
}
OWN_ROOTS = """
    nats: {trial: false, url: 'nats://n:4222', existingRootsSecret: a, existingUsersSecret: b}
"""
PASSED_TO_ALL = {Env.LOG_LEVEL.value}
# What the bootstrap makes, by Secret.
MADE = {
    KEYS: {"master.key", "centre-signing.key", "centre-signing.pub", "staff.token"},
    DATABASE: {f"{role}.password" for role in ("superuser", "owner", "tenant", "platform")},
    NATS_ROOTS: set(SEEDS),
    NATS_USERS: {"system.creds", "centre.creds"},
    NATS_SERVER: {"authority.conf"},
}  # fmt: skip


def container_of(objects: list[Object], role: str) -> Object:
    for name, pod in pods(objects):
        if f"-{role}" in name:
            return containers(pod)[-1]
    raise LookupError(role)


@pytest.mark.parametrize("role", sorted(READERS))
@pytest.mark.parametrize("values", ["default", "external"])
def test_a_process_is_given_what_it_reads_and_nothing_else(
    helm: Helm, values: str, role: str
) -> None:
    fields = READERS[role].model_fields.values()
    known = {str(field.alias) for field in fields} | PASSED_TO_ALL
    needed = {str(field.alias) for field in fields if field.is_required()}
    objects = helm.objects((HERE / "values" / f"{values}.yaml").read_text())
    env = container_of(objects, role)["env"]
    given = {row["name"] for row in env if row["name"].startswith("IRONBULL_")}
    assert needed <= given <= known


def test_every_file_that_a_setting_names_is_mounted(default_objects: list[Object]) -> None:
    seen = 0
    for name, pod in pods(default_objects):
        mounted = _mounted(pod)
        for container in containers(pod):
            for row in container.get("env", []):
                path = row.get("value", "")
                if path.startswith(("/etc/", "/var/run/secrets/")):
                    seen += 1
                    assert any(PurePosixPath(path) in (one, *one.parents) for one in mounted), (
                        f"{name}: {row['name']}"
                    )
    assert seen >= 10


def test_every_secret_that_a_pod_needs_is_made_by_the_bootstrap(
    default_objects: list[Object],
) -> None:
    needed: dict[str, set[str]] = {}
    for _, pod in pods(default_objects):
        for volume in pod.get("volumes", []):
            sources = volume.get("projected", {}).get("sources", [])
            for source in (volume, *sources):
                if found := source.get("secret"):
                    name = found.get("secretName") or found["name"]
                    needed.setdefault(name, set()).update(row["key"] for row in found["items"])
        for container in containers(pod):
            for row in container.get("env", []):
                if found := row.get("valueFrom", {}).get("secretKeyRef"):
                    needed.setdefault(found["name"], set()).add(found["key"])
    assert needed == MADE


def test_the_bootstrap_may_make_its_secrets_and_read_no_others(
    default_objects: list[Object],
) -> None:
    create, get = pick(default_objects, "Role/ironbull-bootstrap")["rules"]
    assert create == {"apiGroups": [""], "resources": ["secrets"], "verbs": ["create"]}
    assert get["verbs"] == ["get"]
    assert get["resourceNames"] == [NATS_ROOTS]
    assert set(container_of(default_objects, "bootstrap")["args"]) == set(MADE)


@pytest.mark.parametrize(
    ("values", "made"),
    [
        ("keys: {existingSecret: mine}", {DATABASE, NATS_ROOTS, NATS_USERS, NATS_SERVER}),
        (
            "postgresql: {trial: false, existingSecret: mine}",
            {KEYS, NATS_ROOTS, NATS_USERS, NATS_SERVER},
        ),
        (
            OWN_ROOTS,
            {KEYS, DATABASE},
        ),
    ],
)
def test_the_bootstrap_makes_no_secret_that_somebody_else_looks_after(
    helm: Helm, values: str, made: set[str]
) -> None:
    objects = helm.objects(values)
    assert set(container_of(objects, "bootstrap")["args"]) == made
    rules = pick(objects, "Role/ironbull-bootstrap")["rules"]
    assert (len(rules) == 2) is (NATS_ROOTS in made)


def test_nothing_is_made_where_every_secret_is_given(helm: Helm) -> None:
    objects = helm.objects((HERE / "values" / "live.yaml").read_text())
    assert not [one for one in objects if "bootstrap" in one["metadata"]["name"]]
    assert not {name for name in MADE if name in str(objects).replace("my-", "")}


def test_the_operator_runs_as_whom_it_binds_whatever_the_release_is_called(helm: Helm) -> None:
    objects = helm.objects(release="desk")
    pod = pick(objects, "Deployment/desk-ironbull-operator")["spec"]["template"]["spec"]
    assert pod["serviceAccountName"] == OPERATOR_ACCOUNT
    assert pick(objects, f"ServiceAccount/{OPERATOR_ACCOUNT}")
    for kind in ("ClusterRoleBinding", "RoleBinding"):
        (subject,) = pick(objects, f"{kind}/desk-ironbull-operator")["subjects"]
        assert subject["name"] == OPERATOR_ACCOUNT
    assert pick(objects, f"ClusterRole/{SECRETS_ROLE}")


def test_a_tenants_policies_choose_the_exchange_by_its_labels(
    default_objects: list[Object],
) -> None:
    outside = ("nats://nats:4222", "key", "services", "node", "http://paper:8090")
    platform = Platform(NAMESPACE, *outside)
    venue = Venue.model_validate({"name": "desk", "type": "binance", "environment": "Paper"})
    exchange = pick(default_objects, "StatefulSet/ironbull-paper")["spec"]["template"]
    chosen = [
        peer["podSelector"]["matchLabels"]
        for policy in policies(platform, "acme", (venue,), {"desk": ["main"]})
        for rule in policy["spec"].get("egress", [])
        for peer in rule.get("to", [])
        if "podSelector" in peer
    ]
    assert chosen
    for labels in chosen:
        assert labels.items() <= exchange["metadata"]["labels"].items()


def test_every_setting_has_a_name_that_the_words_know(default_objects: list[Object]) -> None:
    known = {name.value for name in Env}
    for name, pod in pods(default_objects):
        for container in containers(pod):
            for row in container.get("env", []):
                if row["name"].startswith("IRONBULL_"):
                    assert row["name"] in known, name


def _mounted(pod: Object) -> list[PurePosixPath]:
    files: dict[str, list[str]] = {}
    for volume in pod.get("volumes", []):
        items = volume.get("secret", {}).get("items", [])
        sources = volume.get("projected", {}).get("sources", [])
        tokens = [one["serviceAccountToken"] for one in sources if "serviceAccountToken" in one]
        files[volume["name"]] = [row["path"] for row in (*items, *tokens)]
    return [
        PurePosixPath(mount["mountPath"]) / file
        for container in containers(pod)
        for mount in container.get("volumeMounts", [])
        for file in files.get(mount["name"], [])
    ]
