"""Who may do what? The API server's own answer, for every verb of every resource it serves."""

import json
import ssl
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any

from cluster.kubectl import Kubectl

SECONDS = 30.0
EVERYWHERE = ""
"""As a namespace: all of them, and what lies in none."""
CORE = "core"
# Verbs that discovery does not tell, by resource.
UNTOLD = {
    "rbac.authorization.k8s.io/clusterroles": ("bind", "escalate"),
    "rbac.authorization.k8s.io/roles": ("bind", "escalate"),
    f"{CORE}/serviceaccounts": ("impersonate",),
    f"{CORE}/users": ("impersonate",),
    f"{CORE}/groups": ("impersonate",),
}
Rights = dict[str, list[str]]
"""Resource, with its group, → verbs."""


@dataclass(frozen=True, slots=True)
class Resource:
    """Something that verbs apply to.

    Args:
        name: with its subresource, as in `pods/log`.
        only: the one object that is meant; empty: any.
    """

    group: str
    name: str
    is_namespaced: bool
    verbs: tuple[str, ...] = field(compare=False)
    only: str = ""

    def __str__(self) -> str:
        """Return how a table names it."""
        one = f" {self.only}" if self.only else ""
        return f"{self.group or CORE}/{self.name}{one}"


@dataclass(frozen=True, slots=True)
class Account:
    """Who asks: a service account, or a person when no namespace is given."""

    name: str
    namespace: str = ""

    @property
    def identity(self) -> dict[str, Any]:
        """Return the user and the groups that a request of theirs bears."""
        if not self.namespace:
            return {"user": self.name, "groups": ["system:authenticated"]}
        return {
            "user": f"system:serviceaccount:{self.namespace}:{self.name}",
            "groups": [
                "system:serviceaccounts",
                f"system:serviceaccounts:{self.namespace}",
                "system:authenticated",
            ],
        }


@dataclass(frozen=True, slots=True)
class Judge:
    """The API server, asked as its administrator."""

    connection: HTTPSConnection

    def resources(self) -> list[Resource]:
        """Return everything that the server serves, in one version of each group."""
        found = set(self._of("/api/v1", ""))
        for group in self._get("/apis")["groups"]:
            found.update(
                self._of(f"/apis/{group['preferredVersion']['groupVersion']}", group["name"])
            )
        untold = {str(one) for one in found}
        found.update(
            Resource("", name.removeprefix(f"{CORE}/"), is_namespaced=False, verbs=verbs)
            for name, verbs in UNTOLD.items()
            if name not in untold
        )
        return sorted(found, key=str)

    def rights(self, account: Account, namespace: str, resources: Iterable[Resource]) -> Rights:
        """Return what an account may do in a namespace; what it may not is left out.

        Of a single object only what goes beyond the rights to all of its kind.
        """
        found: Rights = {}
        for resource in resources:
            if not resource.is_namespaced and namespace != EVERYWHERE:
                continue
            to_any = found.get(str(replace(resource, only="")), ())
            allowed = [
                verb
                for verb in resource.verbs
                if verb not in to_any and self._may(account, namespace, resource, verb)
            ]
            if allowed:
                found[str(resource)] = allowed
        return found

    def _of(self, path: str, group: str) -> Iterator[Resource]:
        for row in self._get(path)["resources"]:
            name = f"{group or CORE}/{row['name']}"
            verbs = (*sorted(row["verbs"]), *UNTOLD.get(name, ()))
            yield Resource(group, row["name"], row["namespaced"], verbs)

    def _get(self, path: str) -> dict[str, Any]:
        return self._ask("GET", path)

    def _may(self, account: Account, namespace: str, resource: Resource, verb: str) -> bool:
        name, _, subresource = resource.name.partition("/")
        attributes = {
            "group": resource.group,
            "resource": name,
            "subresource": subresource,
            "name": resource.only,
            "namespace": namespace,
            "verb": verb,
        }
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {**account.identity, "resourceAttributes": attributes},
        }
        path = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
        allowed: bool = self._ask("POST", path, review)["status"]["allowed"]
        return allowed

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        text = None if body is None else json.dumps(body)
        self.connection.request(method, path, text, {"Content-Type": "application/json"})
        answer = self.connection.getresponse()
        told: dict[str, Any] = json.loads(answer.read())
        assert answer.status < 300, told
        return told


@contextmanager
def judge(kubectl: Kubectl) -> Iterator[Judge]:
    """Connect as the administrator of an API that was started beside its keys."""
    keys = Path(kubectl.kubeconfig).parent
    trust = ssl.create_default_context(cafile=str(keys / "ca.crt"))
    trust.load_cert_chain(keys / "admin.crt", keys / "admin.key")
    url = kubectl("config", "view", "--output=jsonpath={.clusters[0].cluster.server}")
    with closing(
        HTTPSConnection(url.removeprefix("https://"), timeout=SECONDS, context=trust)
    ) as one:
        yield Judge(one)


def named(roles: Iterable[dict[str, Any]], resources: Iterable[Resource]) -> list[Resource]:
    """Return the single objects that roles speak of by name."""
    known = {(one.group, one.name): one for one in resources}
    found = {
        replace(known[group, resource], only=name)
        for role in roles
        for rule in role.get("rules") or ()
        for name in rule.get("resourceNames", ())
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }
    return sorted(found, key=str)
