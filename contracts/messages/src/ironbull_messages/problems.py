"""How are mistakes told? As RFC 9457 problems with a stable code."""

from typing import Final

from pydantic import Field

from ironbull_messages.base import MAX_TEXT, Message
from ironbull_messages.codes import PROBLEMS, Code, Row

__all__ = ["PROBLEMS", "Code", "FieldError", "Problem", "ProblemDocument", "Row"]

TYPE_PREFIX: Final = "https://ironbull.io/problems/"
MAX_FIELD_ERRORS: Final = 100


class FieldError(Message):
    """One field that is wrong: where, what was expected, and what was found."""

    field: str = Field(max_length=MAX_TEXT)
    message: str = Field(max_length=MAX_TEXT)


class ProblemDocument(Message):
    """The body of every 4xx and 5xx answer (`application/problem+json`, RFC 9457)."""

    type: str
    title: str
    status: int
    code: Code
    detail: str
    way_out: str
    """What the reader can do about it; an extension member (RFC 9457, section 3.2)."""
    request_id: str
    errors: tuple[FieldError, ...] = Field(default=(), max_length=MAX_FIELD_ERRORS)


class Problem(Exception):  # noqa: N818 - RFC 9457 calls it a problem
    """The caller's mistake or a conflict; carries the stable code and the value that was wrong."""

    def __init__(self, code: Code, detail: str, errors: tuple[FieldError, ...] = ()) -> None:
        """Keep the code, one sentence with the wrong value, and the fields at fault."""
        super().__init__(f"{code.value}: {detail}")
        self.code = code
        self.detail = detail
        self.errors = errors

    @property
    def row(self) -> Row:
        """Return status, title and way out."""
        return PROBLEMS[self.code]

    def document(self, request_id: str) -> ProblemDocument:
        """Return the problem as the answer's body."""
        return ProblemDocument(
            type=f"{TYPE_PREFIX}{self.code.value}",
            title=self.row.title,
            status=self.row.status,
            code=self.code,
            detail=self.detail,
            way_out=self.row.way_out,
            request_id=request_id,
            errors=self.errors[:MAX_FIELD_ERRORS],
        )
