"""How does a process hold a secret so that it never shows? A value with a masked repr."""

from pathlib import Path
from typing import Final

from ironbull_messages.problems import Code, Problem

MASK: Final = "•••"
MAX_BYTES: Final = 16 * 1024


class Secret:
    """A secret text; only `reveal` gives it away."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the secret; the caller must not log or store it."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


def read(path: Path) -> Secret:
    """Read a secret from its file, without the line's end.

    Raises:
        Problem: `setting_invalid`, naming the file and never its content.
    """
    try:
        raw = path.read_bytes()[: MAX_BYTES + 1]
        text = raw.decode("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "not ASCII text"
        raise Problem(Code.SETTING_INVALID, f"secret file {path}: {why}") from error
    if not text or len(raw) > MAX_BYTES:
        raise Problem(
            Code.SETTING_INVALID, f"secret file {path} is empty or over {MAX_BYTES} bytes"
        )
    return Secret(text)
