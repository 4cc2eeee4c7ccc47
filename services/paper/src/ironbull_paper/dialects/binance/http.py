"""How does a request of Binance's protocol go through the server?

Before: faults. Then key, permission, signature, freshness, handler: one step without an await. Then
the journal: an answer leaves when all that it tells is on disk. After: faults again.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from ironbull_paper.dialects.binance.call import (
    Call,
    Json,
    Route,
    Security,
    SignedCall,
    SignedRoute,
)
from ironbull_paper.dialects.binance.errors import NOT_FOUND, BinanceError, error_of
from ironbull_paper.dialects.binance.params import Params
from ironbull_paper.dialects.binance.routes import PUBLIC, SIGNED
from ironbull_paper.dialects.binance.signing import (
    KEY_HEADER,
    check_freshness,
    check_permission,
    check_signature,
    known_key,
)
from ironbull_paper.dialects.binance.weights import UsedWeight
from ironbull_paper.dialects.pipeline import Struck
from ironbull_paper.exchange import Exchange
from ironbull_paper.faults import Endpoint
from ironbull_paper.keys import KeyRing
from ironbull_paper.matching.words import Permission, RefusedError

Durable = Callable[[], Awaitable[None]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Sent:
    """Hold what a caller sent, as it was sent and as parameters."""

    query: str
    body: str
    params: Params

    @classmethod
    def of(cls, query: str, body: str) -> "Sent":
        """Read a query string and a form body."""
        return cls(query, body, Params.parsed(query, body))

    @property
    def client_id(self) -> str:
        """Return the client order id that the request is about, empty without one."""
        text = self.params.text
        return text("newClientOrderId") or text("origClientOrderId") or ""


class BinanceHttp:
    """Serve the routes of the dialect."""

    def __init__(self, exchange: Exchange, keys: KeyRing, durable: Durable) -> None:
        self._exchange = exchange
        self._keys = keys
        self._durable = durable
        self._used = UsedWeight()

    def add_to(self, app: web.Application) -> None:
        """Add all routes; other paths below /fapi answer as the venue does."""
        for route in PUBLIC:
            app.router.add_route(route.method, route.path, self._public(route))
        for signed in SIGNED:
            app.router.add_route(signed.method, signed.path, self._signed(signed))
        app.router.add_route("*", "/fapi/{path:.*}", _unknown_path)

    def _public(self, route: Route) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            struck = Struck(self._exchange, route.endpoint, "", "")
            if not await struck.before(request):
                return web.Response()
            params = Params.parsed(request.query_string, "")
            moment = self._exchange.moment()
            answer = _answered(lambda: route.handler(Call(self._exchange, params, moment)))
            answer.headers.update(self._used.request(request.remote or "", moment.at))
            return await struck.after(request, answer, 0)

        return handle

    def _signed(self, route: SignedRoute) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            sent = Sent.of(_raw_query(request), await request.text())
            label = self._label(request)
            client_id = sent.client_id
            struck = Struck(self._exchange, route.endpoint, label, client_id)
            if not await struck.before(request):
                return web.Response()
            lag = struck.lag_ms()
            answer = _answered(lambda: self._run(route, request, sent, lag))
            now_ms = self._exchange.moment().at
            if route.endpoint is Endpoint.ORDER:
                answer.headers.update(self._used.order(label, now_ms))
            else:
                answer.headers.update(self._used.request(request.remote or "", now_ms))
            await self._durable()
            return await struck.after(request, answer, _order_id(answer))

        return handle

    def _run(self, route: SignedRoute, request: web.Request, sent: Sent, lag_ms: int) -> Json:
        """Authenticate and handle a request, as one step."""
        moment = self._exchange.moment()
        key = known_key(self._keys, request.headers.get(KEY_HEADER))
        check_freshness(sent.params, moment.at)
        check_signature(key, sent.query, sent.body)
        account = self._exchange.state.by_label[key.account]
        check_permission(account, Permission.READ)
        if route.security is Security.TRADE:
            check_permission(account, Permission.TRADE)
        seen_at = moment.at - lag_ms
        return route.handler(SignedCall(self._exchange, sent.params, moment, account, seen_at))

    def _label(self, request: web.Request) -> str:
        key = self._keys.find(request.headers.get(KEY_HEADER, ""))
        return "" if key is None else key.account


def _answered(run: Callable[[], Json]) -> web.Response:
    try:
        return _json(run(), 200)
    except RefusedError as refused:
        error = error_of(refused)
    except BinanceError as wrong:
        error = wrong
    return _json(error.body(), error.status)


def _json(body: object, status: int) -> web.Response:
    text = json.dumps(body, separators=(",", ":"))
    return web.Response(status=status, text=text, content_type="application/json")


def _raw_query(request: web.Request) -> str:
    """Return the query as it was sent: its signature is over these very characters."""
    return request.raw_path.partition("?")[2]


def _order_id(answer: web.Response) -> int:
    """Return the id of the one order that an answer tells of, zero when it tells of none."""
    if not (answer.text or "").startswith('{"orderId":'):
        return 0
    return int(json.loads(answer.text or "")["orderId"])


async def _unknown_path(request: web.Request) -> web.StreamResponse:
    error = BinanceError(
        -5000, f"Path {request.path}, Method {request.method} is invalid", NOT_FOUND
    )
    return _json(error.body(), error.status)
