"""What do the documents of all kinds share? Their closed form, their metadata, their place.

Wire names are camelCase, as in every Kubernetes document.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import (
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic.alias_generators import to_camel

from ironbull_messages.base import Message, Name
from ironbull_messages.rules.rule import Broken, Rules, broken_by_change, broken_by_state

API_VERSION: Final = "ironbull.io/v1alpha1"
GROUP: Final = "ironbull.io"
NAMESPACE_PREFIX: Final = "ironbull-"
TENANT_LABEL: Final = "ironbull.io/tenant"

TAKEN_BEFORE: Final[Mapping[str, str]] = {"document": "taken before"}
"""The context in which a document is read that keeps no newer rule."""

Label = Annotated[str, StringConstraints(max_length=253)]


class Spec(Message):
    """A part of a document: closed, frozen, camelCase on the wire.

    The text under a field is its description, in `kubectl explain` and on the reference page: what
    it does, its unit, and what follows from it.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        use_attribute_docstrings=True,
    )


class RuledSpec(Spec):
    """The spec of a kind: it breaks none of the kind's rules."""

    rules: ClassVar[Rules] = ()

    @classmethod
    def stored(cls, raw: Mapping[str, Any]) -> Self:
        """Read a spec that was taken before, maybe by a version with fewer rules.

        Rules are for who writes a document, not for who goes on with it.
        """
        return cls.model_validate(raw, context=TAKEN_BEFORE)

    def broken_as_change_of(
        self, old: "RuledSpec | None", *, is_taken: bool = True
    ) -> list[Broken]:
        """Return the rules of changes that are broken.

        Args:
            old: the document before; None: there was none.
            is_taken: the platform has taken it, so that what must not change any more does not.
        """
        if old is not None and type(old) is not type(self):
            raise TypeError(f"a {type(old).__name__} cannot become a {type(self).__name__}")
        return list(broken_by_change(self.rules, self, old, is_taken=is_taken))

    @model_validator(mode="after")
    def _keeps_the_rules(self, info: ValidationInfo) -> Self:
        if info.context is TAKEN_BEFORE:
            return self
        broken = list(broken_by_state(self.rules, self))
        if broken:
            found = self.model_dump(mode="json", by_alias=True)
            raise ValidationError.from_exception_data(
                type(self).__name__,
                [
                    {
                        "type": "value_error",
                        "loc": one.path,
                        "input": found,
                        "ctx": {"error": one.message},
                    }
                    for one in broken
                ],
            )
        return self


class Metadata(Spec):
    """Name and place of a document; labels and annotations are kept for their readers."""

    name: Name
    namespace: Name | None = None
    """None for a cluster-scoped kind."""
    labels: dict[Label, Label] = Field(default_factory=dict, max_length=64)
    annotations: dict[Label, str] = Field(default_factory=dict, max_length=64)


class Described(Spec):
    """A document of our group."""

    api_version: Literal["ironbull.io/v1alpha1"] = API_VERSION
    metadata: Metadata


class Namespaced(Described):
    """A document that lies in a tenant's namespace."""

    @property
    def tenant(self) -> str:
        """Return the tenant whose namespace the document lies in."""
        return (self.metadata.namespace or "").removeprefix(NAMESPACE_PREFIX)

    @model_validator(mode="after")
    def _lies_in_a_tenant(self) -> Self:
        namespace = self.metadata.namespace or ""
        if not namespace.startswith(NAMESPACE_PREFIX) or namespace == NAMESPACE_PREFIX:
            raise ValueError(
                f"metadata.namespace must be {NAMESPACE_PREFIX}<tenant>, not {namespace!r}"
            )
        return self
