"""How is the application of one audience made? One factory, three lists of routers."""

from enum import StrEnum
from typing import Final

from fastapi import APIRouter, Depends, FastAPI
from starlette.types import ASGIApp

from ironbull_app import __version__
from ironbull_app.api import errors
from ironbull_app.api.admin import kill_switches as admin_kill_switches
from ironbull_app.api.admin import points
from ironbull_app.api.asgi import Around
from ironbull_app.api.closed_query import closed_query
from ironbull_app.api.describing import BEARER, SIGNED, DescribedApi
from ironbull_app.api.merchant import people, trading
from ironbull_app.api.parts import Parts
from ironbull_app.api.platform import (
    documents,
    endings,
    kill_switches,
    members,
    merchant_keys,
    troubles,
)


class Audience(StrEnum):
    """Who an API is for."""

    MERCHANT = "merchant"
    ADMIN = "admin"
    PLATFORM = "platform"


ROUTERS: Final[dict[Audience, tuple[APIRouter, ...]]] = {
    Audience.MERCHANT: (people.router, trading.router),
    Audience.ADMIN: (points.router, admin_kill_switches.router),
    Audience.PLATFORM: (
        *(documents.router, endings.router, kill_switches.router),
        *(members.router, merchant_keys.router, troubles.router),
    ),
}
SUMMARIES: Final = {
    Audience.MERCHANT: "A tenant's server acts for its users; every request is signed.",
    Audience.ADMIN: "The platform's staff.",
    Audience.PLATFORM: "The operator tells what documents say.",
}


def create_api(audience: Audience) -> FastAPI:
    """Return an audience's routes and OpenAPI document."""
    api = DescribedApi(
        SIGNED if audience is Audience.MERCHANT else BEARER,
        title=f"IronBull {audience.value} API",
        version=__version__,
        summary=SUMMARIES[audience],
        docs_url=None,
        redoc_url=None,
        openapi_url="/v1/openapi.json",
        dependencies=[Depends(closed_query)],
    )
    errors.install(api)
    for router in ROUTERS[audience]:
        api.include_router(router, prefix="/v1")
    return api


def create_app(audience: Audience, parts: Parts) -> ASGIApp:
    """Return the application that serves an audience."""
    api = create_api(audience)
    api.state.parts = parts
    return Around(api, audience.value)
