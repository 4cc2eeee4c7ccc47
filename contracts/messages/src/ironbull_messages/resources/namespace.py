"""Which namespace is a tenant's?"""

from typing import Literal, Self

from pydantic import model_validator

from ironbull_messages.resources.parts import NAMESPACE_PREFIX, TENANT_LABEL, Metadata, Spec


class NamespaceDocument(Spec):
    """The namespace before a tenant's documents, so that one `kubectl apply` of one file works."""

    api_version: Literal["v1"] = "v1"
    kind: Literal["Namespace"] = "Namespace"
    metadata: Metadata

    @model_validator(mode="after")
    def _is_labelled(self) -> Self:
        tenant = self.metadata.labels.get(TENANT_LABEL)
        if self.metadata.name != f"{NAMESPACE_PREFIX}{tenant}":
            raise ValueError(
                f"namespace {self.metadata.name} needs the label {TENANT_LABEL} with its tenant"
            )
        return self
