"""Users, their exchange accounts, point cards and subscriptions."""

from collections.abc import Mapping
from decimal import ROUND_DOWN
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response

from ironbull_app.api.callers import Caller, parts_of
from ironbull_app.api.idempotency import once
from ironbull_app.api.merchant import bodies
from ironbull_app.api.paging import Paged
from ironbull_app.api.showing import show
from ironbull_app.db.queries import merchant as queries
from ironbull_app.db.repositories.people import PeopleStore
from ironbull_app.flows.bind_account import Binding, bind_account
from ironbull_app.flows.create_user import create_user
from ironbull_app.flows.recharge import recharge
from ironbull_app.flows.subscribe import Wish, subscribe
from ironbull_app.ports.people import Person
from ironbull_messages.amounts import to_minor
from ironbull_messages.fleet import Credentials
from ironbull_messages.problems import PROBLEMS, Code, Problem

router = APIRouter()
UserReference = Annotated[str, Path(max_length=254, description="id or e-mail address")]


@router.post("/users", status_code=201, response_model=bodies.UserCreated)
async def post_user(request: Request, caller: Caller, body: bodies.UserRequest) -> Response:
    """Create a user."""
    async with parts_of(request).database.tenant(caller.tenant) as tx:
        store = PeopleStore(tx, caller.tenant)

        async def work(_: str) -> bodies.UserCreated:
            made = await create_user(store, body.email, body.invite_code)
            return bodies.UserCreated(
                id=made.id,
                email=body.email,
                invite_code=made.invite_code,
                inviter_id=made.inviter_id,
            )

        return await once(tx, caller.tenant, request, 201, work)


@router.get("/users")
async def get_users(request: Request, caller: Caller, page: Paged) -> bodies.Listing:
    """List users, newest first."""
    async with parts_of(request).database.tenant(caller.tenant) as tx:
        rows, cursor = page.cut(await queries.users(tx, caller.tenant, page.parameters()))
    return bodies.Listing(items=tuple(show(row) for row in rows), next_cursor=cursor)


@router.get("/users/{user}")
async def get_user(request: Request, caller: Caller, user: UserReference) -> dict[str, object]:
    """Show a user with team counts."""
    async with parts_of(request).database.tenant(caller.tenant) as tx:
        person = await _person(PeopleStore(tx, caller.tenant), user)
        row = await queries.user(tx, caller.tenant, person.id)
    return show(row or {})


@router.put("/users/{user}/market-node")
async def put_market_node(
    request: Request, caller: Caller, user: UserReference, body: bodies.MarketNodeRequest
) -> bodies.Done:
    """Set whether a user may earn level-difference and peer rewards."""
    async with parts_of(request).database.tenant(caller.tenant) as tx:
        store = PeopleStore(tx, caller.tenant)
        person = await _person(store, user)
        await store.set_market_node(person.id, is_node=body.is_market_node)
    return bodies.Done()


@router.post("/users/{user}/accounts", status_code=201, response_model=bodies.AccountBound)
async def post_account(
    request: Request, caller: Caller, user: UserReference, body: bodies.AccountRequest
) -> Response:
    """Bind an exchange account."""
    parts = parts_of(request)
    async with parts.database.tenant(caller.tenant) as tx:
        store = PeopleStore(tx, caller.tenant)
        keys = Credentials(
            api_key=body.api_key, api_secret=body.api_secret, passphrase=body.passphrase
        )

        async def work(_: str) -> bodies.AccountBound:
            binding = Binding(body.venue, body.label, keys)
            return bodies.AccountBound(id=await bind_account(store, parts.keys, user, binding))

        return await once(tx, caller.tenant, request, 201, work)


@router.get("/users/{user}/accounts")
async def get_accounts(request: Request, caller: Caller, user: UserReference) -> bodies.Listing:
    """List a user's exchange accounts; keys never come back."""
    async with parts_of(request).database.tenant(caller.tenant) as tx:
        person = await _person(PeopleStore(tx, caller.tenant), user)
        rows = await queries.accounts(tx, caller.tenant, person.id)
    return bodies.Listing(items=tuple(show(row | _key_problem(row)) for row in rows))


@router.post("/users/{user}/recharges", status_code=201, response_model=bodies.Recharged)
async def post_recharge(
    request: Request, caller: Caller, user: UserReference, body: bodies.RechargeRequest
) -> Response:
    """Recharge a user's point cards from the tenant's stock."""
    async with parts_of(request).database.tenant(caller.tenant) as tx:
        store = PeopleStore(tx, caller.tenant)

        async def work(cause: str) -> bodies.Recharged:
            minor = to_minor(body.amount, ROUND_DOWN)
            moved = await recharge(store, user, body.kind, minor, cause)
            return bodies.Recharged(user_id=moved, kind=body.kind, amount=body.amount)

        return await once(tx, caller.tenant, request, 201, work)


@router.post("/users/{user}/subscriptions", status_code=201, response_model=bodies.Subscribed)
async def post_subscription(
    request: Request, caller: Caller, user: UserReference, body: bodies.SubscriptionRequest
) -> Response:
    """Let an account follow a strategy."""
    async with parts_of(request).database.tenant(caller.tenant) as tx:
        store = PeopleStore(tx, caller.tenant)

        async def work(_: str) -> bodies.Subscribed:
            wish = Wish(**{name: getattr(body, name) for name in type(body).model_fields})
            return bodies.Subscribed(id=await subscribe(store, user, wish))

        return await once(tx, caller.tenant, request, 201, work)


@router.get("/users/{user}/subscriptions")
async def get_subscriptions(
    request: Request, caller: Caller, user: UserReference
) -> bodies.Listing:
    """List a user's subscriptions."""
    async with parts_of(request).database.tenant(caller.tenant) as tx:
        person = await _person(PeopleStore(tx, caller.tenant), user)
        rows = await queries.subscriptions(tx, caller.tenant, person.id)
    return bodies.Listing(items=tuple(show(row) for row in rows))


@router.delete("/subscriptions/{subscription}")
async def delete_subscription(request: Request, caller: Caller, subscription: UUID) -> bodies.Done:
    """Close a subscription; an open position keeps its stops and closes by signal."""
    async with parts_of(request).database.tenant(caller.tenant) as tx:
        if not await PeopleStore(tx, caller.tenant).close_subscription(subscription):
            raise Problem(Code.NOT_FOUND, f"subscription {subscription}")
    return bodies.Done()


def _key_problem(row: Mapping[str, Any]) -> dict[str, str | None]:
    """Say in our words what to do about keys that may not be used; `failure` has the venue's."""
    if row["venue_code"] is None:
        return {"code": None, "way_out": None}
    code = Code.VENUE_KEY_REFUSED
    return {"code": code.value, "way_out": PROBLEMS[code].way_out}


async def _person(store: PeopleStore, reference: str) -> Person:
    person = await store.find(reference)
    if person is None:
        raise Problem(Code.NOT_FOUND, f"user {reference!r}")
    return person
