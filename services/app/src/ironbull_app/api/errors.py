"""How is whatever goes wrong told? As a problem document with a stable code, always."""

import re
from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from ironbull_app.api import patterns
from ironbull_app.api.asgi import MAX_BODY_BYTES, BodyTooLargeError
from ironbull_app.db.unit_of_work import AWAY, DataError
from ironbull_kit import logs
from ironbull_kit.expectations import WORDS, causes, said
from ironbull_messages.problems import MAX_FIELD_ERRORS, Code, FieldError, Problem

MEDIA_TYPE: Final = "application/problem+json"
_BY_STATUS: Final = {404: Code.NOT_FOUND, 405: Code.METHOD_NOT_ALLOWED, 400: Code.BODY_MALFORMED}
MAX_SHOWN: Final = 60
_WORDS: Final = {**WORDS, **patterns.WORDS}
_HIDDEN: Final = re.compile("secret|key|passphrase")


def install(app: FastAPI) -> None:
    """Make an application answer with problem documents only."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(BodyTooLargeError, _too_large)
    for kind in AWAY:
        app.add_exception_handler(kind, _away)
    app.add_exception_handler(DataError, _unstorable)
    app.add_exception_handler(Exception, _broken)


def answer(request: Request, problem: Problem) -> Response:
    """Return the problem as a response."""
    return Response(problem_bytes(request, problem), problem.row.status, media_type=MEDIA_TYPE)


def problem_bytes(request: Request, problem: Problem) -> bytes:
    """Return the problem's document as JSON."""
    return problem.document(str(request.state.request_id)).to_bytes()


async def _problem(request: Request, error: Exception) -> Response:
    return answer(request, error) if isinstance(error, Problem) else await _broken(request, error)


async def _invalid(request: Request, error: Exception) -> Response:
    rows = causes(error.errors()) if isinstance(error, RequestValidationError) else []
    if any(row["type"] == "json_invalid" for row in rows):
        return answer(request, Problem(Code.BODY_MALFORMED, "the body is not JSON"))
    fields = tuple(_field(row) for row in rows[:MAX_FIELD_ERRORS])
    detail = "; ".join(f"{one.field}: {one.message}" for one in fields)[:2_000]
    return answer(request, Problem(Code.VALIDATION_FAILED, detail, fields))


async def _http(request: Request, error: Exception) -> Response:
    if isinstance(error.__cause__, BodyTooLargeError):
        return await _too_large(request, error.__cause__)
    status = error.status_code if isinstance(error, HTTPException) else 500
    code = _BY_STATUS.get(status, Code.INTERNAL)
    return answer(request, Problem(code, f"{request.method} {request.url.path}"))


async def _too_large(request: Request, _: Exception) -> Response:
    return answer(request, Problem(Code.BODY_TOO_LARGE, f"over {MAX_BODY_BYTES} bytes"))


async def _away(request: Request, error: Exception) -> Response:
    logs.get().error("database_away", why=type(error).__name__)
    return answer(request, Problem(Code.UNAVAILABLE, "the database does not answer"))


async def _unstorable(request: Request, _: Exception) -> Response:
    return answer(request, Problem(Code.VALIDATION_FAILED, "a value cannot be stored as it is"))


async def _broken(request: Request, error: Exception) -> Response:
    logs.get().error("request_broken", path=request.url.path, exc_info=error)
    return answer(request, Problem(Code.INTERNAL, "see the log for the request_id"))


def _field(row: dict[str, object]) -> FieldError:
    location = row["loc"] if isinstance(row["loc"], tuple) else ()
    path = ".".join(str(part) for part in location[1:]) or "body"
    message = said(row, _WORDS)
    found = row.get("input")
    is_shown = row["type"] != "missing" and _HIDDEN.search(path) is None
    if is_shown and isinstance(found, str | int | float | bool):
        message = f"{message}; found {str(found)[:MAX_SHOWN]!r}"
    return FieldError(field=path[:512], message=message[:512])
