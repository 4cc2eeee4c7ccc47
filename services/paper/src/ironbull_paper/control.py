"""How is the exchange itself run: accounts, money, faults, clock?

All but the clock, the counters and liveness need `Authorization: Bearer <admin token>`.
"""

import hmac
import re
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal
from json import JSONDecodeError

from aiohttp import web

from ironbull_paper.exchange import Exchange
from ironbull_paper.faults import MAX_RULES, rule_json, rule_of
from ironbull_paper.keys import ApiKey, KeyRing
from ironbull_paper.matching.records import FaultRuleRemoved, FaultRuleSet, Started
from ironbull_paper.matching.settings import open_account, transfer
from ironbull_paper.matching.words import Permission, RefusedError

LABEL_MAX = 64
MAX_SPEED = 1_000_000
AMOUNT = re.compile(r"^-?[0-9]{1,15}(\.[0-9]{1,8})?$")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Control:
    """Serve `/paper/v1/…` and `/live`."""

    def __init__(
        self,
        exchange: Exchange,
        keys: KeyRing,
        durable: Callable[[], Awaitable[None]],
        admin_token: str,
    ) -> None:
        self._exchange = exchange
        self._keys = keys
        self._durable = durable
        self._admin_token = admin_token

    def add_to(self, app: web.Application) -> None:
        """Add all routes."""
        app.router.add_get("/live", _live)
        app.router.add_get("/paper/v1/clock", self._clock)
        for method, path, handler in (
            ("POST", "/paper/v1/clock", self._set_speed),
            ("GET", "/paper/v1/accounts", self._list_accounts),
            ("POST", "/paper/v1/accounts", self._open_account),
            ("POST", "/paper/v1/accounts/{label}/transfers", self._transfer),
            ("GET", "/paper/v1/faults", self._list_faults),
            ("POST", "/paper/v1/faults", self._set_fault),
            ("DELETE", "/paper/v1/faults", self._clear_faults),
            ("DELETE", "/paper/v1/faults/{rule_id}", self._clear_faults),
        ):
            app.router.add_route(method, path, self._guarded(handler))

    def _guarded(self, handler: Handler) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
            if not hmac.compare_digest(sent.encode(), self._admin_token.encode()):
                return _problem(401, "ADMIN_TOKEN_WRONG", "send Authorization: Bearer <token>")
            try:
                answer = await handler(request)
            except RefusedError as refused:
                return _problem(409, refused.refusal, str(refused))
            except (ValueError, JSONDecodeError) as wrong:
                return _problem(422, "INVALID", str(wrong))
            await self._durable()
            return answer

        return handle

    async def _clock(self, _: web.Request) -> web.StreamResponse:
        moment = self._exchange.moment()
        clock = self._exchange.state.clock
        return web.json_response(
            {
                "market_time": _iso(moment.market_at),
                "market_time_ms": moment.market_at,
                "machine_time": _iso(moment.at),
                "machine_time_ms": moment.at,
                "speed": clock.speed,
                "market_start_ms": clock.market_start_ms,
                "machine_start_ms": clock.machine_start_ms,
            }
        )

    async def _set_speed(self, request: web.Request) -> web.StreamResponse:
        speed = _amount(await _object(request), "speed")
        if not 0 <= speed <= MAX_SPEED:
            raise ValueError(f"speed {speed} is not within 0 … {MAX_SPEED}")
        started = self._exchange.state.started
        if started is None:
            raise LookupError("the market was never started")
        self._exchange.commit([at_speed(started, speed, self._exchange.moment().at)])
        return await self._clock(request)

    async def _list_accounts(self, _: web.Request) -> web.StreamResponse:
        accounts = [
            {
                "account_id": account.account_id,
                "label": account.label,
                "api_key": key.api_key,
                "permissions": sorted(account.permissions),
                "wallet_balance": format(account.wallet, "f"),
            }
            for account in self._exchange.state.accounts.values()
            if (key := self._keys.of(account.label)) is not None
        ]
        return web.json_response({"accounts": accounts})

    async def _open_account(self, request: web.Request) -> web.StreamResponse:
        """Make an account, or answer with the one that has the label."""
        body = await _object(request)
        label = body.get("label")
        if not isinstance(label, str) or not 0 < len(label) <= LABEL_MAX:
            raise ValueError(f"label {label!r} is no text of 1 … {LABEL_MAX} characters")
        known = self._exchange.state.by_label.get(label)
        key = self._keys.of(label)
        if known is not None and key is not None:
            return web.json_response(_account_json(known.account_id, key, created=False))
        permissions = _permissions(body)
        balance = _amount(body, "balance")
        if balance < 0:
            raise ValueError(f"balance {balance} is below zero")
        if key is None:
            key = self._keys.make(label, _text(body, "api_key"), _text(body, "secret"))
        moment = self._exchange.moment()
        records = open_account(self._exchange.state, label, balance, permissions, moment)
        self._exchange.commit(records)
        opened = self._exchange.state.by_label[label]
        return web.json_response(_account_json(opened.account_id, key, created=True), status=201)

    async def _transfer(self, request: web.Request) -> web.StreamResponse:
        account = self._exchange.state.by_label.get(request.match_info["label"])
        if account is None:
            return _problem(404, "ACCOUNT_UNKNOWN", request.match_info["label"])
        amount = _amount(await _object(request), "amount")
        moment = self._exchange.moment()
        prices = self._exchange.prices(moment)
        self._exchange.commit(transfer(self._exchange.state, account, amount, prices, moment))
        return web.json_response({"wallet_balance": format(account.wallet, "f")}, status=201)

    async def _list_faults(self, _: web.Request) -> web.StreamResponse:
        return web.json_response(self._exchange.faults.shown())

    async def _set_fault(self, request: web.Request) -> web.StreamResponse:
        faults = self._exchange.faults
        if len(faults.armed) >= MAX_RULES:
            return _problem(409, "TOO_MANY_FAULTS", f"at most {MAX_RULES}")
        rule = rule_of(await _object(request), faults.next_rule_id)
        at = self._exchange.moment().at
        self._exchange.commit([FaultRuleSet(at, rule.rule_id, rule_json(rule))])
        return web.json_response(asdict(rule), status=201)

    async def _clear_faults(self, request: web.Request) -> web.StreamResponse:
        faults = self._exchange.faults
        named = request.match_info.get("rule_id")
        chosen = list(faults.armed) if named is None else [int(named)]
        at = self._exchange.moment().at
        self._exchange.commit([FaultRuleRemoved(at, rule_id) for rule_id in chosen])
        return web.json_response(faults.shown())


def at_speed(started: Started, speed: Decimal, at: int) -> Started:
    """Return the record with which a market goes on at another speed from where it is."""
    elapsed = max(0, at - started.machine_start_ms)
    market_ms = started.market_start_ms + int(elapsed * float(started.speed))
    return Started(
        at=at,
        version=started.version,
        seed=started.seed,
        start_index=started.start_index,
        level_notional=started.level_notional,
        market_start_ms=market_ms,
        machine_start_ms=at,
        speed=speed,
    )


async def _live(_: web.Request) -> web.StreamResponse:
    return web.json_response({"live": True})


async def _object(request: web.Request) -> dict[str, object]:
    match await request.json():
        case dict() as body:
            return body
        case other:
            raise ValueError(f"the body {str(other)[:40]!r} is no JSON object")


def _amount(body: dict[str, object], name: str) -> Decimal:
    text = _text(body, name)
    if not AMOUNT.match(text):
        raise ValueError(f"{name} {text!r} is no decimal string such as '100.50'")
    return Decimal(text)


def _text(body: dict[str, object], name: str) -> str:
    match body.get(name, ""):
        case str() as text:
            return text
        case other:
            raise ValueError(f"{name} {other!r} is no string")


def _permissions(body: dict[str, object]) -> list[Permission]:
    match body.get("permissions", [Permission.READ, Permission.TRADE]):
        case list() as words:
            return [Permission(str(word)) for word in words]
        case other:
            raise ValueError(f"permissions {other!r} are no list")


def _account_json(account_id: int, key: ApiKey, *, created: bool) -> dict[str, object]:
    return {
        "account_id": account_id,
        "label": key.account,
        "api_key": key.api_key,
        "secret": key.secret,
        "created": created,
    }


def _problem(status: int, code: str, detail: str) -> web.Response:
    return web.json_response({"code": code, "detail": detail}, status=status)


def _iso(instant_ms: int) -> str:
    instant = datetime.fromtimestamp(instant_ms / 1000, UTC)
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")
