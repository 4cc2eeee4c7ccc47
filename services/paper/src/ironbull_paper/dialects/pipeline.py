"""How do faults strike a request, whatever the dialect?"""

import asyncio
import json
from collections.abc import Iterable
from typing import assert_never

from aiohttp import web

from ironbull_paper.exchange import Exchange
from ironbull_paper.faults import PHASES, BodyStyle, Endpoint, FaultKind, FaultRule, Phase
from ironbull_paper.matching.records import FaultFired

HTML = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad "
    "Gateway</h1></center>\r\n</body>\r\n</html>\r\n"
)
STYLES = (BodyStyle.EMPTY, BodyStyle.HTML, BodyStyle.TRUNCATED, BodyStyle.NO_ORDER_ID)


class Struck:
    """Carry out the faults that were drawn for one request."""

    def __init__(
        self, exchange: Exchange, endpoint: Endpoint, account: str, client_id: str
    ) -> None:
        self._exchange = exchange
        self._endpoint = endpoint
        self._account = account
        self._client_id = client_id
        self._rules = exchange.faults.draw(endpoint, account)

    async def before(self, request: web.Request) -> bool:
        """Delay or reset a request that was not looked at yet; False means it is gone."""
        for rule in self._of(Phase.BEFORE):
            if not self._fire(rule):
                continue
            if rule.kind is FaultKind.RESET_BEFORE_ACCEPT:
                cut(request)
                return False
            await asyncio.sleep(rule.seconds)
        return True

    def lag_ms(self) -> int:
        """Return how far behind the request sees, in milliseconds."""
        fired = (rule for rule in self._of(Phase.VIEW) if self._fire(rule))
        return max((int(rule.seconds * 1000) for rule in fired), default=0)

    async def after(
        self, request: web.Request, answer: web.Response, order_id: int
    ) -> web.Response:
        """Spoil an answer; orders only when they were accepted."""
        if self._endpoint is Endpoint.ORDER and answer.status >= 400:
            return answer
        for rule in self._of(Phase.AFTER):
            if self._fire(rule, order_id):
                answer = await _spoiled(rule, self._exchange, request, answer)
        return answer

    def _of(self, phase: Phase) -> Iterable[FaultRule]:
        return [rule for rule in self._rules if PHASES[rule.kind] is phase]

    def _fire(self, rule: FaultRule, order_id: int = 0) -> bool:
        if not self._exchange.faults.has_shots(rule):
            return False
        at = self._exchange.moment().at
        fired = FaultFired(
            at,
            rule.rule_id,
            rule.kind,
            self._endpoint,
            self._account,
            self._client_id,
            order_id,
        )
        self._exchange.commit([fired])
        return True


def cut(request: web.Request) -> None:
    """Close a connection without an answer."""
    if request.transport is not None:
        request.transport.abort()


async def _spoiled(
    rule: FaultRule, exchange: Exchange, request: web.Request, answer: web.Response
) -> web.Response:
    match rule.kind:
        case FaultKind.DELAY_AFTER_ACCEPT:
            await asyncio.sleep(rule.seconds)
            return answer
        case FaultKind.LOST_RESPONSE:
            await asyncio.sleep(rule.seconds)
            cut(request)
            return answer
        case FaultKind.SERVER_ERROR_AFTER_ACCEPT:
            return _html(rule.status, HTML)
        case FaultKind.BROKEN_BODY:
            in_turn = STYLES[exchange.faults.times(rule) % len(STYLES)]
            style = in_turn if rule.body is BodyStyle.MIXED else rule.body
            return _broken(style, answer)
        case FaultKind.RESET_BEFORE_ACCEPT | FaultKind.DELAY_BEFORE_ACCEPT | FaultKind.READ_LAG:
            raise AssertionError(f"{rule.kind} does not strike answers")
        case _:
            assert_never(rule.kind)


def _broken(style: BodyStyle, answer: web.Response) -> web.Response:
    text = answer.text or ""
    match style:
        case BodyStyle.EMPTY:
            return web.Response(status=200, text="", content_type="application/json")
        case BodyStyle.HTML:
            return _html(200, HTML)
        case BodyStyle.TRUNCATED:
            half = text[: max(1, len(text) // 2)]
            return web.Response(status=200, text=half, content_type="application/json")
        case BodyStyle.NO_ORDER_ID | BodyStyle.MIXED:
            return web.json_response(_without_id(json.loads(text or "{}")))
        case _:
            assert_never(style)


def _without_id(body: object) -> object:
    """Drop what identifies the order, so that the rest reads like an answer to nothing."""
    if isinstance(body, dict):
        return {k: v for k, v in body.items() if k not in {"orderId", "clientOrderId", "status"}}
    return {}


def _html(status: int, text: str) -> web.Response:
    return web.Response(status=status, text=text, content_type="text/html")
