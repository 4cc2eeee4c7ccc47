"""What can a call end with instead of an answer? One exception, with a code and the way out."""

from typing import Any, Final

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

UNREACHABLE: Final = "unreachable"
"""No answer came: whether the call took effect is not known."""
UNREADABLE: Final = "unreadable"
"""An answer came, but not in the words of the merchant API."""

_PASSING_CODES: Final = frozenset({UNREACHABLE, "idempotency_in_progress"})
_PASSING_STATUSES: Final = frozenset({429, 502, 503, 504})
_TEXT_SHOWN: Final = 400
_REPLAYED: Final = "Idempotent-Replayed"
_KEPT: Final = "(kept answer of this idempotency key; use a new key after mending the cause)"


class FieldError(BaseModel):
    """One field that is wrong: where, and what was expected."""

    model_config = ConfigDict(frozen=True)

    field: str
    message: str


class _Document(BaseModel):
    """A problem document (RFC 9457) with the members that are ours."""

    code: str
    detail: str
    way_out: str
    request_id: str
    errors: tuple[FieldError, ...] = ()


class MerchantProblem(Exception):  # noqa: N818 - RFC 9457 calls it a problem
    """A call failed.

    Args:
        code: stable; all are listed in the reference, beside `unreachable` and `unreadable`.
        detail: one sentence with the value that was wrong.
        way_out: what to do about it.
        status: the HTTP status; None when no answer came.
        request_id: names the request in the platform's log; empty when unknown.
        errors: the fields at fault.
        idempotency_key: send the same call with it again, and it still has one effect.
        is_kept: the first answer of this key came back; only a new key asks anew.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        way_out: str,
        *,
        status: int | None = None,
        request_id: str = "",
        errors: tuple[FieldError, ...] = (),
        idempotency_key: str | None = None,
        is_kept: bool = False,
    ) -> None:
        """Keep what is known."""
        fields = (f"{error.field}: {error.message}" for error in errors)
        known = "; ".join([detail, *(field for field in fields if field not in detail)])
        kept = f" {_KEPT}" if is_kept else ""
        super().__init__(f"{code}: {known.rstrip('.')}. {way_out}{kept}")
        self.code = code
        self.detail = detail
        self.way_out = way_out
        self.status = status
        self.request_id = request_id
        self.errors = errors
        self.idempotency_key = idempotency_key
        self.is_kept = is_kept

    @property
    def is_passing(self) -> bool:
        """Whether the same call may succeed in a moment."""
        return self.code in _PASSING_CODES or self.status in _PASSING_STATUSES


def refused(answer: httpx.Response, idempotency_key: str | None) -> MerchantProblem:
    """Read a refusal."""
    try:
        document = _Document.model_validate_json(answer.content)
    except ValidationError:
        return unreadable(answer, idempotency_key)
    found: dict[str, Any] = {name: getattr(document, name) for name in _Document.model_fields}
    return MerchantProblem(
        **found,
        status=answer.status_code,
        idempotency_key=idempotency_key,
        is_kept=answer.headers.get(_REPLAYED) == "true",
    )


def unreadable(answer: httpx.Response, idempotency_key: str | None) -> MerchantProblem:
    """Say that somebody else answered, or a version whose words are unknown here."""
    return MerchantProblem(
        UNREADABLE,
        f"status {answer.status_code}: {answer.text[:_TEXT_SHOWN]!r}",
        "Check the address, what stands between, and the version of this client.",
        status=answer.status_code,
        idempotency_key=idempotency_key,
    )


def unreachable(error: httpx.TransportError, idempotency_key: str | None) -> MerchantProblem:
    """Say that no answer came."""
    return MerchantProblem(
        UNREACHABLE,
        f"{type(error).__name__}: {error}",
        "Check the address; then send it again with the same idempotency key.",
        idempotency_key=idempotency_key,
    )
