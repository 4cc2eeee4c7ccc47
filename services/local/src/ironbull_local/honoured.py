"""Which fields need a cluster? A document that sets one is refused here by name, never ignored."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ironbull_messages.problems import Code, FieldError, Problem
from ironbull_messages.resources import Document, NamespaceDocument

NO_PLACE_FOR_MONEY: Final = "one machine is a trial, and no place for real money"
CLUSTER_ONLY: Final[Mapping[str, Mapping[str, str]]] = {
    "Tenant": {
        "api.hostname": "one machine answers on the loopback interface alone",
        "api.tls": "one machine answers on the loopback interface alone",
        "api.ingress": "one machine has no ingress",
        "api.gateway": "one machine has no gateway",
        "deletionPolicy": "nothing deletes a tenant here",
        "state=Draining": "members here run until the platform is stopped",
        "credentials": "a merchant key of one machine is a file that is made once",
        "messaging": "one machine's NATS serves its owner alone",
        "limits": "one machine has no quota",
        "venues[].egressCIDRs": "one machine has no network policies",
        "venues[].environment=Live": NO_PLACE_FOR_MONEY,
    },
    "Strategy": {"mode=Live": NO_PLACE_FOR_MONEY},
    "ExecutionNode": {
        "location.remote": "a member elsewhere cannot reach this machine's NATS",
        "image": "members run the programs that are installed here",
        "updatePolicy": "members run the programs that are installed here",
        "resources": "processes share the machine",
        "storage": "journals lie in the data folder",
        "autoscaling": "nothing here counts what members use",
    },
}
"""Kind → field of its spec → what is missing here.

A field is written as `venues[].name` in lists, and as `state=Draining` where one value is meant.
"""


def check(document: Document) -> None:
    """Refuse what this machine cannot honour; a field at its default asks for nothing.

    Raises:
        Problem: `document_invalid`, naming each such field.
    """
    if isinstance(document, NamespaceDocument):
        return
    asked = document.spec.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    wrong = tuple(
        FieldError(field=f"spec.{_field(path)}", message=f"needs a cluster: {why}")
        for path, why in CLUSTER_ONLY.get(document.kind, {}).items()
        if any(_value(path) in {"", value} for value in _texts(asked, path))
    )
    if wrong:
        name = f"{document.kind} {document.metadata.name!r}"
        told = "; ".join(f"{one.field} {one.message}" for one in wrong)
        raise Problem(Code.DOCUMENT_INVALID, f"{name}: {told}", wrong)


def _field(path: str) -> str:
    return path.partition("=")[0]


def _value(path: str) -> str:
    return path.partition("=")[2]


def _texts(asked: Any, path: str) -> Iterator[str]:
    return (str(value) for value in _values(asked, _field(path).split(".")))


def _values(asked: Any, path: list[str]) -> Iterator[Any]:
    """Return what stands at a path, in each element where it leads through a list."""
    if not path:
        yield asked
        return
    key, is_list = path[0].removesuffix("[]"), path[0].endswith("[]")
    if key not in asked:
        return
    for one in asked[key] if is_list else (asked[key],):
        yield from _values(one, path[1:])
