"""The referee passes a right run and names the row of every wrong one."""

import ast
import sys
from copy import deepcopy
from decimal import Decimal
from pathlib import Path

import pytest
from fixtures.demo_world import World, make

from ironbull_local.referee import referee

RIGHT = make()


@pytest.fixture
def world() -> World:
    return deepcopy(RIGHT)


def faults(world: World) -> list[referee.Fault]:
    checks = referee.judge(world.journal, world.tables)
    return [fault for check in checks for fault in check.faults]


def named(world: World, table: str, row: str) -> bool:
    return any(one.table.startswith(table) and row in one.id for one in faults(world))


def test_a_right_run_is_proved(world: World) -> None:
    assert faults(world) == []


def test_an_altered_fill_is_named(world: World) -> None:
    world.tables["fill"][5]["price"] += Decimal("0.1")
    assert named(world, "fill", f"BTCUSDT {world.tables['fill'][5]['venue_trade_id']}")


def test_an_altered_entry_is_named(world: World) -> None:
    entry = next(row for row in world.tables["entry"] if row["version"] == 4)
    entry["amount"] += 1
    account = next(
        row for row in world.tables["ledger_account"] if row["id"] == entry["account_id"]
    )
    assert named(world, "entry", f"acme/{account['kind']}/{account['owner']}#4")
    assert named(world, "txn", entry["txn_id"])


def test_an_altered_commission_is_named(world: World) -> None:
    row = next(row for row in world.tables["commission"] if row["kind"] == "direct")
    row["amount"] -= 1
    assert named(world, "commission", f"{row['trade_id']}#{row['ordinal']}")


def test_a_commission_to_somebody_else_is_named(world: World) -> None:
    row = next(row for row in world.tables["commission"] if row["kind"] == "peer")
    row["receiver_id"] = str(world.tables["users"][1]["id"])
    assert named(world, "commission", f"{row['trade_id']}#{row['ordinal']}")


def test_a_fill_whose_venue_trade_is_missing_is_named(world: World) -> None:
    trades = [row for row in world.journal if row["kind"] == "trade"]
    world.journal.remove(trades[7])
    assert named(world, "fill", f"BTCUSDT {trades[7]['trade_id']}")


def test_a_venue_trade_that_was_not_booked_is_named(world: World) -> None:
    gone = world.tables["fill"].pop(3)
    assert named(world, "fill", f"trade {gone['venue_trade_id']}")


def test_an_order_that_nobody_sent_is_named(world: World) -> None:
    world.journal.append({**world.journal[1], "client_id": "istranger", "order_id": 9_999})
    assert named(world, "orders", "venue order 9999")


def test_a_second_effect_of_one_cause_is_named(world: World) -> None:
    first = next(row for row in world.journal if row["kind"] == "order")
    world.journal.append({**first, "order_id": 9_999})
    order = world.tables["task"][0]["order_id"]
    assert named(world, "orders", order)


def test_a_charge_that_is_one_unit_off_is_named(world: World) -> None:
    row = next(row for row in world.tables["trade"] if row["charge"])
    row["charge"] += 1
    assert named(world, "trade.charge", row["id"])


def test_an_altered_balance_is_named(world: World) -> None:
    account = world.tables["ledger_account"][2]
    account["balance"] += 1
    assert named(world, "ledger_account", f"{account['kind']}/{account['owner']}")


def test_an_order_in_flight_is_named(world: World) -> None:
    order = world.tables["orders"][-1]
    order["state"] = "unknown"
    assert named(world, "orders", order["id"])


@pytest.mark.parametrize(("column", "what"), [("paid_gift", "gift"), ("unpaid", "unpaid")])
def test_a_proof_of_nothing_fails(world: World, column: str, what: str) -> None:
    for row in world.tables["trade"]:
        row[column] = 0
    assert named(world, "trade", what)


@pytest.mark.parametrize("kind", ["direct", "level_diff", "peer"])
def test_a_network_without_a_kind_of_reward_fails(world: World, kind: str) -> None:
    rows = world.tables["commission"]
    world.tables["commission"] = [row for row in rows if row["kind"] != kind]
    assert named(world, "", kind.replace("level_diff", "level difference"))


def test_a_member_without_orders_fails(world: World) -> None:
    idle = {**world.tables["member"][0], "token": "two", "index": 1}
    world.tables["member"].append(idle)
    assert named(world, "member", "acme/main-1")


def test_the_referee_knows_nothing_of_the_platform() -> None:
    tree = ast.parse(Path(referee.__file__).read_text())
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names] if isinstance(node, ast.Import)
            else [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        )
    }  # fmt: skip
    assert imported <= sys.stdlib_module_names
