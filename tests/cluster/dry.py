"""Ask a Kubernetes API about our objects: what is written, and what it says to a mistake."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from cluster.kubectl import Kubectl
from kubernetes import client, config

from ironbull_messages.crds import KINDS
from ironbull_messages.resources import API_VERSION

PLURALS = {kind.name: kind.plural for kind in KINDS}


class Refused(Exception):  # noqa: N818 - it is an answer
    """What the API said to an object: each field with its message."""

    def __init__(self, status: Mapping[str, Any]) -> None:
        """Read the answer."""
        super().__init__(status.get("message", ""))
        causes = status.get("details", {}).get("causes", [])
        self.causes = [(row.get("field", ""), row.get("message", "")) for row in causes]


@dataclass(frozen=True, slots=True)
class Asked:
    """One cluster's API, spoken to as its administrator."""

    api: client.ApiClient

    @classmethod
    def of(cls, kubectl: Kubectl) -> "Asked":
        """Speak to the same cluster, without a process for each question."""
        return cls(config.new_client_from_config(kubectl.kubeconfig))

    def create(self, body: Mapping[str, Any], *, is_trial: bool) -> dict[str, Any]:
        """Create an object of ours; a trial leaves nothing behind."""
        return self._send("POST", _path(body, name=""), body, is_trial=is_trial)

    def replace(self, body: Mapping[str, Any], *, is_trial: bool) -> dict[str, Any]:
        """Put an object of ours in the place of the one that is there."""
        path = _path(body, name=body["metadata"]["name"])
        found = self._send("GET", path, None, is_trial=False)
        version = {"resourceVersion": found["metadata"]["resourceVersion"]}
        new = {**body, "metadata": {**body["metadata"], **version}}
        return self._send("PUT", path, new, is_trial=is_trial)

    def take(self, body: Mapping[str, Any], status: Mapping[str, Any]) -> None:
        """Write a status as the operator does when the platform has taken an object."""
        path = _path(body, name=body["metadata"]["name"])
        found = self._send("GET", path, None, is_trial=False)
        self._send("PUT", f"{path}/status", {**found, "status": status}, is_trial=False)

    def delete(self, body: Mapping[str, Any]) -> None:
        """Delete an object of ours."""
        self._send("DELETE", _path(body, name=body["metadata"]["name"]), None, is_trial=False)

    def _send(
        self, method: str, path: str, body: Mapping[str, Any] | None, *, is_trial: bool
    ) -> dict[str, Any]:
        query = [("fieldValidation", "Strict")] if body is not None else []
        query += [("dryRun", "All")] if is_trial else []
        kind = "application/json"
        request = self.api.param_serialize(
            method, path, query_params=query, body=body,
            header_params={"Content-Type": kind, "Accept": kind}, auth_settings=["BearerToken"],
        )  # fmt: skip
        response = self.api.call_api(*request)
        answer: dict[str, Any] = json.loads(response.read())
        if response.status >= HTTPStatus.BAD_REQUEST:
            raise Refused(answer)
        return answer


def _path(body: Mapping[str, Any], name: str) -> str:
    place = body["metadata"].get("namespace")
    parts = ["/apis", API_VERSION, *(("namespaces", place) if place else ())]
    return "/".join([*parts, PLURALS[body["kind"]], *((name,) if name else ())])
