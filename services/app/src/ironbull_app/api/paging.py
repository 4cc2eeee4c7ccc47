"""How is a list paged? By an opaque cursor over (instant, id), newest first."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends, Query

from ironbull_messages.problems import Code, FieldError, Problem

MAX_LIMIT: Final = 200
DEFAULT_LIMIT: Final = 50
_FIRST: Final = (datetime.max.replace(tzinfo=UTC), UUID(int=2**128 - 1))


@dataclass(frozen=True, slots=True)
class Page:
    """Where a page begins and how long it is."""

    before_at: datetime
    before_id: UUID
    limit: int

    def parameters(self) -> dict[str, Any]:
        """Return what a query takes; one more row tells whether there is a next page."""
        return {"at": self.before_at, "id": self.before_id, "limit": self.limit + 1}

    def cut(self, rows: Sequence[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], str | None]:
        """Return the page's rows and the cursor of the next page; None: this is the last."""
        shown = list(rows[: self.limit])
        if len(rows) <= self.limit:
            return shown, None
        last = shown[-1]
        text = json.dumps([last["page_at"].isoformat(), str(last["id"])])
        return shown, base64.urlsafe_b64encode(text.encode()).decode()


def page(
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
) -> Page:
    """Read `cursor` and `limit` of a request."""
    if cursor is None:
        return Page(*_FIRST, limit)
    try:
        at, last = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        return Page(datetime.fromisoformat(at), UUID(last), limit)
    except (ValueError, TypeError, binascii.Error) as error:
        wrong = FieldError(field="cursor", message="use the next_cursor of an answer")
        raise Problem(Code.VALIDATION_FAILED, "the cursor cannot be read", (wrong,)) from error


Paged = Annotated[Page, Depends(page)]
