"""Recharge a user's point cards from the tenant's stock, same kind to same kind (C-M1)."""

from ironbull_app.ports.people import PeopleStore
from ironbull_core import points
from ironbull_core.facts import BrokenInvariantError
from ironbull_core.ledger import Request, Verdict
from ironbull_messages.ids import UserId
from ironbull_messages.problems import Code, Problem
from ironbull_messages.words import PointKind


async def recharge(
    store: PeopleStore, user: str, kind: PointKind, minor: int, cause: str
) -> UserId:
    """Move cards; `minor` are units of 10⁻⁸ USDT.

    Raises:
        Problem: `not_found`, `insufficient_points`.
    """
    person = await store.find(user)
    if person is None:
        raise Problem(Code.NOT_FOUND, f"user {user!r}")
    await _post(store, points.recharge(store.tenant, person.id, kind, minor, cause))
    return person.id


async def stock_up(store: PeopleStore, kind: PointKind, minor: int, cause: str) -> None:
    """Give a tenant cards to hand out (C-A3)."""
    await _post(store, points.stock_up(store.tenant, kind, minor, cause))


async def _post(store: PeopleStore, request: Request) -> None:
    verdict = await store.post(request)
    if verdict is Verdict.INSUFFICIENT:
        raise Problem(Code.INSUFFICIENT_POINTS, "the stock is smaller than the amount")
    if verdict is Verdict.MISMATCH:
        raise BrokenInvariantError(f"{request.kind.value} {request.cause} asks for something else")
