"""How does a process read its settings? From the environment, once, into a frozen model."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self

from pydantic import BeforeValidator, ConfigDict

from ironbull_kit import secret
from ironbull_kit.secret import Secret
from ironbull_messages.launch import Launch


class Settings(Launch):
    """Base of a central process's settings: it may hold secrets, and an empty variable is unset."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings; an empty variable counts as unset.

        Raises:
            Problem: `setting_invalid`, naming each variable that is missing or wrong.
        """
        return super().read({name: text for name, text in environment.items() if text})


def _mask(value: object) -> object:
    return Secret(value) if isinstance(value, str) else value


def _read_file(value: object) -> object:
    return secret.read(Path(value)) if isinstance(value, str) else value


SecretText = Annotated[Secret, BeforeValidator(_mask)]
"""A variable that is itself secret, such as a database URL with its password."""

SecretFile = Annotated[Secret, BeforeValidator(_read_file)]
"""A variable that names a file whose content is the secret."""
