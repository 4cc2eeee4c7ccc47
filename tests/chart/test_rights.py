"""What every account may do is what a table says: asked of a real API server, verb by verb.

`IRONBULL_GOLDEN=write` writes the table; read the difference before you commit it.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from chart.desk import Desk
from chart.rights import EVERYWHERE, Account, Judge, Resource, Rights, judge, named
from integration.chart.rendering import NAMESPACE, RELEASE

from ironbull_operator.desired import namespace
from ironbull_operator.desired.platform import Platform

GOLDEN = Path(__file__).parent / "golden" / "rights.yaml"
TENANT = "acme"
PLACE = f"ironbull-{TENANT}"
PLACES = (EVERYWHERE, NAMESPACE, PLACE)
PLATFORM = Platform(NAMESPACE, "nats://nats:4222", "key", "services", "node")
NOBODY = Account("nobody")
PEOPLE = (Account("editor"), Account("viewer"))
ROLES = "clusterroles,roles"
# What a right to everything would let somebody do.
WORST = {"core/secrets": "get", "core/pods/exec": "create", "core/nodes": "delete"}
Table = dict[str, dict[str, Rights]]


@pytest.fixture(scope="module")
def court(installed_once: Desk, others: None) -> Iterator[Judge]:  # noqa: ARG001
    """Give the chart installed, with a tenant's namespace as the operator makes it."""
    kubectl = installed_once.kubectl
    kubectl("wait", "crd/tenants.ironbull.io", "--for=condition=Established")
    kubectl.apply(namespace.namespace(TENANT), namespace.rights(PLATFORM, TENANT))
    kubectl("wait", "serviceaccount/default", f"--namespace={PLACE}", "--for=create")
    for role in ("editor", "viewer"):
        kubectl.apply(_binding(role, f"{RELEASE}-{role}", {"kind": "User", "name": role}))
    with judge(kubectl) as found:
        yield found


@pytest.fixture(scope="module")
def resources(court: Judge, installed_once: Desk) -> list[Resource]:
    found = court.resources()
    assert len(found) >= 100
    ours = installed_once.kubectl.get(
        ROLES, "--all-namespaces", "--selector=app.kubernetes.io/instance=ironbull"
    )
    return [*found, *named(ours["items"], found)]


@pytest.fixture(scope="module")
def accounts(installed_once: Desk) -> list[Account]:
    """Give every account of the platform and of a tenant, and the people that it knows."""
    found = [
        Account(one["metadata"]["name"], namespace)
        for namespace in (NAMESPACE, PLACE)
        for one in installed_once.kubectl.get("serviceaccounts", f"--namespace={namespace}")[
            "items"
        ]
    ]
    assert len(found) >= 6
    return [*found, *PEOPLE]


def test_every_account_may_do_what_the_table_says_and_nothing_else(
    court: Judge, resources: list[Resource], accounts: list[Account]
) -> None:
    anybody = court.rights(NOBODY, EVERYWHERE, resources)
    found = {_title(account): rights_of(court, account, resources) for account in accounts}
    table = {name: _without(rows, anybody) for name, rows in found.items()}
    text = yaml.safe_dump(table, sort_keys=True, width=100, default_flow_style=None)
    if os.environ.get("IRONBULL_GOLDEN") == "write":
        GOLDEN.write_text(text)
    assert text == GOLDEN.read_text()


def test_a_wildcard_that_somebody_adds_is_found(
    court: Judge, installed_once: Desk, resources: list[Resource]
) -> None:
    account = Account("ironbull", NAMESPACE)
    some = [one for one in resources if str(one) in WORST]
    assert rights_of(court, account, some) == {}
    subject = {"kind": "ServiceAccount", "name": account.name, "namespace": account.namespace}
    rule = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
    role = {**_rbac("ClusterRole", "oops"), "rules": [rule]}
    installed_once.kubectl.apply(role, _binding("oops", "oops", subject))
    try:
        found = rights_of(court, account, some)[EVERYWHERE]
        for name, verb in WORST.items():
            assert verb in found[name]
    finally:
        installed_once.kubectl("delete", "clusterrole,clusterrolebinding", "oops")


def rights_of(court: Judge, account: Account, resources: list[Resource]) -> dict[str, Rights]:
    """Return what an account may do, by namespace; what it may do everywhere stands there alone."""
    everywhere = court.rights(account, EVERYWHERE, resources)
    found = {EVERYWHERE: everywhere}
    for place in PLACES:
        if place != EVERYWHERE:
            found[place] = _without_rights(court.rights(account, place, resources), everywhere)
    return {place: rights for place, rights in found.items() if rights}


def _without(rows: dict[str, Rights], others: Rights) -> dict[str, Rights]:
    found = {
        place or "everywhere": _without_rights(rights, others) for place, rights in rows.items()
    }
    return {place: rights for place, rights in found.items() if rights}


def _without_rights(rights: Rights, others: Rights) -> Rights:
    found = {
        name: [verb for verb in verbs if verb not in others.get(name, ())]
        for name, verbs in rights.items()
    }
    return {name: verbs for name, verbs in found.items() if verbs}


def _title(account: Account) -> str:
    return f"{account.namespace}/{account.name}" if account.namespace else account.name


def _binding(name: str, role: str, subject: dict[str, str]) -> dict[str, object]:
    group = {"apiGroup": "rbac.authorization.k8s.io"} if subject["kind"] == "User" else {}
    return {
        **_rbac("ClusterRoleBinding", name),
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
        "subjects": [{**subject, **group}],
    }


def _rbac(kind: str, name: str) -> dict[str, object]:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": kind,
        "metadata": {"name": name},
    }
