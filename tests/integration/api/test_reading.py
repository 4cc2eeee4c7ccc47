"""A tenant sees what became of each signal, and what it cost."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fixtures.api_desk import ApiDesk, Signer
from fixtures.trading_desk import MACHINE, House, TradingDesk, filled, said, signal

from ironbull_app.db.repositories.dispatching import Dispatching
from ironbull_app.db.repositories.fleet import begin_fleet
from ironbull_app.db.repositories.settling import Settling
from ironbull_app.db.unit_of_work import Database
from ironbull_app.flows.accept_signals import accept_signals
from ironbull_app.flows.fleet_epoch import keep_epoch
from ironbull_app.flows.settle_results import settle_results
from ironbull_local.database import RoleUrls
from ironbull_local.postgres import Postgres
from ironbull_messages.problems import PROBLEMS, Code
from ironbull_messages.signal import Signal
from ironbull_messages.words import Action, Leg


@dataclass(frozen=True)
class Reader:
    """A tenant's server that reads."""

    api: ApiDesk
    signer: Signer

    async def get(self, path: str) -> Any:
        """Return what the API shows."""
        answer = await self.api.merchant(self.signer, "GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()


async def accept(database: Database, one: Signal) -> None:
    await accept_signals([said(one)], Dispatching(database, lambda: MACHINE))


@pytest.fixture
async def desk(database: Database, role_urls: RoleUrls, postgres_server: Postgres) -> TradingDesk:
    name = psycopg.conninfo.conninfo_to_dict(role_urls.owner)["dbname"]
    desk = TradingDesk(postgres_server.dsn(str(name)))
    desk.market()
    await keep_epoch(begin_fleet(database))
    return desk


@pytest.fixture
def house(desk: TradingDesk) -> House:
    return desk.house("acme", "aaaaaaaaaaaaaaaa")


@pytest.fixture
async def reader(database: Database, house: House, tmp_path: Path) -> AsyncIterator[Reader]:
    api = ApiDesk(database, tmp_path)
    signer = Signer("key_acme")
    path = f"/v1/tenants/{house.tenant}/merchant-keys/{signer.key_id}"
    assert (await api.platform("PUT", path, {"secret": signer.secret})).status_code == 200
    yield Reader(api, signer)
    await api.close()


async def test_a_refused_signal_shows_code_and_numbers_of_each_subscription(
    database: Database, desk: TradingDesk, house: House, reader: Reader
) -> None:
    desk.rows("UPDATE member SET lease_until = now() - interval '1 second'")
    one = signal(house, Action.OPEN, Leg.LONG)
    await accept(database, one)

    (shown,) = (await reader.get("/v1/signals"))["items"]

    assert shown["id"] == str(one.id)
    assert shown["orders"] == []
    (refusal,) = shown["refusals"]
    assert refusal["code"] == "NODE_OFFLINE"
    assert refusal["subscription_id"] == str(house.subscription)
    assert isinstance(refusal["numbers"], dict)


async def test_a_round_trip_is_shown_from_signal_to_charge(
    database: Database, desk: TradingDesk, house: House, reader: Reader
) -> None:
    settling = Settling(database, lambda: MACHINE)
    await accept(database, signal(house, Action.OPEN, Leg.LONG))
    (opening,) = desk.tasks(house)
    await settle_results([said(filled(opening, "100"))], settling)
    (position,) = (await reader.get("/v1/positions"))["items"]
    assert Decimal(position["quantity"]) == opening.quantity
    await accept(database, signal(house, Action.CLOSE, Leg.LONG, 1))
    (closing,) = desk.tasks(house)
    await settle_results([said(filled(closing, "110"))], settling)

    signals = (await reader.get("/v1/signals"))["items"]
    assert [len(one["orders"]) for one in signals] == [1, 1]
    orders = (await reader.get("/v1/orders"))["items"]
    assert {one["state"] for one in orders} == {"filled"}
    assert {one["id"] for one in orders} == {str(opening.order_id), str(closing.order_id)}
    (trade,) = (await reader.get("/v1/trades"))["items"]
    gross, fees = Decimal(trade["gross_usdt"]), Decimal(trade["fees_usdt"])
    assert gross == 10 * opening.quantity
    assert Decimal(trade["net_usdt"]) == gross - fees
    charge = Decimal(trade["charge"])
    assert charge > 0
    paid = sum(Decimal(trade[name]) for name in ("paid_self", "paid_gift", "unpaid"))
    assert charge == paid
    held = (await reader.get("/v1/balances"))["users"]
    (mine,) = [one for one in held if Decimal(one["points_self"]) > 0]
    assert Decimal(mine["points_self"]) == 10_000 - charge
    assert all(isinstance(one["points_self"], str) for one in held)


async def test_a_subscription_shows_its_trades_and_their_sum(
    database: Database, desk: TradingDesk, house: House, reader: Reader
) -> None:
    await accept(database, signal(house, Action.OPEN, Leg.LONG))
    (shown,) = (await reader.get(f"/v1/users/{house.user}/subscriptions"))["items"]
    assert (shown["trades"], shown["net_usdt"]) == (0, "0")
    assert desk.tasks(house)
    (account,) = (await reader.get(f"/v1/users/{house.user}/accounts"))["items"]
    assert account["id"] == str(house.account)
    assert account["equity_usdt"] == "5000"
    assert account["code"] is account["way_out"] is None


async def test_an_account_whose_keys_are_refused_says_so_and_what_to_do(
    desk: TradingDesk, house: House, reader: Reader
) -> None:
    desk.one(
        """UPDATE exchange_account SET state = 'failed', venue_code = '-2015', failure = '-2015 no'
        RETURNING id"""
    )
    (account,) = (await reader.get(f"/v1/users/{house.user}/accounts"))["items"]
    assert account["code"] == Code.VENUE_KEY_REFUSED.value
    assert account["way_out"] == PROBLEMS[Code.VENUE_KEY_REFUSED].way_out
    assert account["failure"] == "-2015 no"
