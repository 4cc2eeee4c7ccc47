"""Which query parameters does a route know? Another one is refused, never ignored."""

from collections.abc import Iterator

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from ironbull_messages.problems import MAX_FIELD_ERRORS, Code, FieldError, Problem


async def closed_query(request: Request) -> None:
    """Refuse a query parameter that the route does not know.

    Raises:
        Problem: `validation_failed`, naming each one.
    """
    route = request.scope["route"]
    if not request.query_params or not isinstance(route, APIRoute):
        return
    known = set(_names(route.dependant))
    unknown = sorted(set(request.query_params) - known)[:MAX_FIELD_ERRORS]
    if unknown:
        message = f"unknown query parameter; known: {', '.join(sorted(known)) or 'none'}"
        errors = tuple(FieldError(field=name[:512], message=message) for name in unknown)
        raise Problem(Code.VALIDATION_FAILED, message, errors)


def _names(dependant: Dependant) -> Iterator[str]:
    yield from (field.alias for field in dependant.query_params)
    for inner in dependant.dependencies:
        yield from _names(inner)
