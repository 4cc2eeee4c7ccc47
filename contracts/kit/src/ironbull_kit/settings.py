"""How does a process read its settings? From the environment, once, into a frozen model."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self

from pydantic import BeforeValidator, ConfigDict, ValidationError

from ironbull_kit import secret
from ironbull_kit.secret import Secret
from ironbull_messages.base import Message
from ironbull_messages.problems import Code, FieldError, Problem


class Settings(Message):
    """Base of a process's settings: each field's alias is its environment name."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings; variables of others are left alone, an empty one counts as unset.

        Raises:
            Problem: `setting_invalid`, naming each variable that is missing or wrong.
        """
        known = {str(field.alias) for field in cls.model_fields.values()}
        given = {name: text for name, text in environment.items() if name in known and text}
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            wrong = tuple(
                FieldError(field=str(row["loc"][0]) if row["loc"] else "", message=row["msg"])
                for row in error.errors(include_input=False)
            )
            detail = "; ".join(f"{row.field}: {row.message}" for row in wrong)
            raise Problem(Code.SETTING_INVALID, detail, wrong) from None


def _mask(value: object) -> object:
    return Secret(value) if isinstance(value, str) else value


def _read_file(value: object) -> object:
    return secret.read(Path(value)) if isinstance(value, str) else value


SecretText = Annotated[Secret, BeforeValidator(_mask)]
"""A variable that is itself secret, such as a database URL with its password."""

SecretFile = Annotated[Secret, BeforeValidator(_read_file)]
"""A variable that names a file whose content is the secret."""
