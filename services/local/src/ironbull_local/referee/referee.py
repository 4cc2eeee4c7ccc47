"""Was everything that happened on the venue booked, billed and shared, once and exactly?

It reads the venue's journal and a dump of the database and trusts neither: what follows from the
venue's trades is computed again, here, from the written rules alone. It imports nothing of the
platform, so that an error there cannot hide itself here.

    python referee.py JOURNAL DUMP        exit 0, or 1 and every row that is wrong
"""

import base64
import hashlib
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_UP, Decimal
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid5

Row = dict[str, Any]
Tables = dict[str, list[Row]]
Owner = tuple[str, str]
"""Kind and owner of a ledger account."""
Legs = dict[Owner, int]

NAMESPACE: Final = UUID("6f0b8a52-51b5-5c39-9e0b-1b0b1d0a1e57")
SEPARATOR: Final = "\x1f"
ATTEMPTS: Final = 3
MINOR: Final = Decimal(100_000_000)
FEE_STEP: Final = Decimal("0.00000001")
SELF_HOLD: Final = Decimal(1000)
RATES: Final = tuple(Decimal(rate) / 100 for rate in (0, 20, 30, 40, 50, 60, 70, 80))
LEAST_TRADES: Final = 100
LEAST_SPLIT_PERCENT: Final = 20
LEAST_SIGNAL_PERCENT: Final = 30
TERMINAL: Final = frozenset({"filled", "cancelled", "rejected", "expired", "denied", "not_sent"})
UNDISTRIBUTED: Final = ("direct_undist", "peer_undist", "network_undist")
MOST_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that is not what it must be."""

    table: str
    id: str
    expected: str
    found: str

    def __str__(self) -> str:
        """Name the row."""
        return f"{self.table} {self.id}: expected {self.expected}, found {self.found}"


@dataclass(slots=True)
class Check:
    """One line of the proof: what was claimed, its figures, and what is wrong."""

    claim: str
    figures: str = ""
    faults: list[Fault] = field(default_factory=list)

    def same(self, table: str, row: str, expected: object, found: object) -> None:
        """Note a difference."""
        if expected != found:
            self.faults.append(Fault(table, row, str(expected), str(found)))


@dataclass(slots=True)
class Life:
    """One life of a position, from the venue's trades alone."""

    leg: str
    opened_by: str
    entered: Decimal = Decimal(0)
    entry_value: Decimal = Decimal(0)
    exited: Decimal = Decimal(0)
    exit_value: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)
    realised: Decimal = Decimal(0)
    """What the venue says that its reductions brought, before fees."""

    @property
    def open(self) -> Decimal:
        """Return the quantity that is still held."""
        return self.entered - self.exited

    @property
    def gross(self) -> Decimal:
        """Return the price result."""
        difference = self.exit_value - self.entry_value
        return difference if self.leg == "LONG" else -difference


@dataclass(slots=True)
class Evidence:
    """Both sides, indexed; every amount is exact."""

    journal: list[Row]
    tables: Tables
    orders: dict[str, Row] = field(init=False)
    task_of_client_id: dict[str, Row] = field(init=False)
    venue_orders: list[Row] = field(init=False)
    venue_trades: list[Row] = field(init=False)
    executed: dict[str, Decimal] = field(init=False)
    """What the venue filled, by venue order id."""
    legs: dict[tuple[str, str, str], Legs] = field(init=False)
    """What our transactions moved, by tenant, kind and cause."""

    def __post_init__(self) -> None:
        """Index what both sides hold."""
        rows = self.tables
        self.orders = {row["id"]: row for row in rows["orders"]}
        self.task_of_client_id = {
            client_order_id(task["id"], attempt): task
            for task in rows["task"]
            if task["kind"] == "order"
            for attempt in range(1, ATTEMPTS + 1)
        }
        self.venue_orders = [row for row in self.journal if row["kind"] == "order"]
        self.venue_trades = [row for row in self.journal if row["kind"] == "trade"]
        self.executed = defaultdict(Decimal)
        for trade in self.venue_trades:
            self.executed[str(trade["order_id"])] += Decimal(trade["quantity"])
        owners = {row["id"]: (row["kind"], row["owner"]) for row in rows["ledger_account"]}
        causes = {
            row["id"]: (row["tenant_id"], row["kind"], row["idempotency_key"])
            for row in rows["txn"]
        }
        self.legs = defaultdict(dict)
        for entry in rows["entry"]:
            legs = self.legs[causes.get(entry["txn_id"], ("?", "?", str(entry["txn_id"])))]
            owner = owners.get(entry["account_id"], ("?", str(entry["account_id"])))
            legs[owner] = legs.get(owner, 0) + entry["amount"]

    def order_of(self, client_id: str) -> Row | None:
        """Return our order behind a venue's client id; None: we never sent it."""
        task = self.task_of_client_id.get(client_id)
        return None if task is None else self.orders.get(task["order_id"])


def derive(kind: str, *causes: str) -> str:
    """Return the id of a thing of this kind with these causes (orders.md)."""
    return str(uuid5(NAMESPACE, SEPARATOR.join((kind, *causes))))


def client_order_id(task: str, attempt: int) -> str:
    """Return the client order id of an attempt: i and 25 base32 characters of a SHA-256."""
    text = f"client-order{SEPARATOR}{task}{SEPARATOR}{attempt}"
    digest = hashlib.sha256(text.encode()).digest()
    return "i" + base64.b32encode(digest).decode().lower()[:25]


def judge(journal: list[Row], tables: Tables) -> list[Check]:
    """Return every line of the proof."""
    seen = Evidence(journal, defaultdict(list, tables))
    lives = _lives(seen)
    makers: tuple[Callable[[], Iterator[Check]], ...] = (
        lambda: _ledger(seen),
        lambda: _delivery(seen),
        lambda: _orders(seen),
        lambda: _positions(seen, lives),
        lambda: _billing(seen, lives),
        lambda: _balances(seen, lives),
        lambda: _figures(seen),
    )
    return [check for make in makers for check in make()]


# --- the ledger by itself


def _ledger(seen: Evidence) -> Iterator[Check]:
    rows = seen.tables
    sums: Counter[str] = Counter()
    for entry in rows["entry"]:
        sums[entry["txn_id"]] += entry["amount"]
    balanced = Check("Σ entries = 0, in each transaction and over all")
    for txn, total in sums.items():
        balanced.same("txn", txn, 0, total)
    total = sum(sums.values())
    balanced.same("entry", "all", 0, total)
    balanced.figures = f"{len(rows['entry'])} entries, {len(rows['txn'])} transactions, Σ {total}"
    yield balanced
    yield _chains(seen)
    yield _bodies(seen)


def _chains(seen: Evidence) -> Check:
    check = Check("every balance recomputed row by row; versions without gaps")
    chains: dict[str, list[Row]] = defaultdict(list)
    for entry in seen.tables["entry"]:
        chains[entry["account_id"]].append(entry)
    for account in seen.tables["ledger_account"]:
        balance = version = 0
        for entry in sorted(chains.pop(account["id"], []), key=lambda row: int(row["version"])):
            version += 1
            balance += entry["amount"]
            name = f"{account['tenant_id']}/{account['kind']}/{account['owner']}#{entry['version']}"
            check.same("entry", name, f"version {version}", f"version {entry['version']}")
            check.same("entry", name, f"balance {balance}", f"balance {entry['balance_after']}")
            floor = account["floor"]
            if floor is not None and entry["balance_after"] < floor:
                check.same("entry", name, f"at least {floor}", entry["balance_after"])
        name = f"{account['tenant_id']}/{account['kind']}/{account['owner']}"
        check.same("ledger_account", name, balance, account["balance"])
        check.same("ledger_account", name, f"version {version}", f"version {account['version']}")
        if account["kind"] == "profit_pool":
            check.same("ledger_account", name, 0, account["balance"])
    for orphan in chains:
        check.same("ledger_account", orphan, "a row", "none")
    check.figures = f"{len(seen.tables['ledger_account'])} accounts"
    return check


def _bodies(seen: Evidence) -> Check:
    """Compare what each transaction says it moves with its entries; every kind is known."""
    check = Check("every transaction moved what it was asked to move")
    for txn in seen.tables["txn"]:
        wanted: Legs = {}
        for part in filter(None, txn["body"].split(";")):
            kind, owner, minor = part.split(":")
            if int(minor):
                wanted[kind, owner] = int(minor)
        cause = (txn["tenant_id"], txn["kind"], txn["idempotency_key"])
        check.same("txn", f"{txn['kind']} {txn['id']}", wanted, seen.legs.get(cause, {}))
        check.same("txn", txn["id"], derive("txn", *cause), txn["id"])
    kinds = Counter(row["kind"] for row in seen.tables["txn"])
    check.figures = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    return check


# --- the venue against ours


def _delivery(seen: Evidence) -> Iterator[Check]:
    check = Check("the venue's trades = our fills, one by one")
    ours = {(venue_symbol(row["symbol"]), row["venue_trade_id"]): row for row in _fills(seen)}
    for trade in seen.venue_trades:
        key = (trade["symbol"], str(trade["trade_id"]))
        fill = ours.pop(key, None)
        if fill is None:
            name = f"{trade['account']} {key[0]} trade {key[1]}"
            check.same("fill", name, f"{trade['side']} {trade['quantity']}", "no row")
            continue
        order = seen.order_of(trade["client_id"])
        wanted = (
            str(trade["order_id"]), order and order["id"], trade["side"], trade["fee_asset"],
            *(Decimal(trade[name]) for name in ("quantity", "price", "fee", "fee")),
        )  # fmt: skip
        found = (
            fill["venue_order_id"], fill["order_id"], fill["side"], fill["fee_asset"],
            *(Decimal(str(fill[name])) for name in ("quantity", "price", "fee", "fee_usdt")),
        )  # fmt: skip
        check.same("fill", f"{key[0]} {key[1]}", _text(wanted), _text(found))
    for symbol, trade_id in ours:
        check.same("fill", f"{symbol} {trade_id}", "a trade in the venue's journal", "none")
    fees = sum((Decimal(row["fee"]) for row in seen.venue_trades), Decimal(0))
    check.figures = f"{len(seen.venue_trades)} trades, {len(_fills(seen))} fills, fees {fees:f}"
    yield check


def _orders(seen: Evidence) -> Iterator[Check]:
    yield _known(seen)
    yield _effects(seen)
    yield _ended(seen)


def _known(seen: Evidence) -> Check:
    check = Check("every order on the venue is ours, from the account that it was meant for")
    accounts: dict[str, str] = {}
    for placed in seen.venue_orders:
        order = seen.order_of(placed["client_id"])
        name = f"{placed['account']} venue order {placed['order_id']}"
        if order is None:
            check.same("orders", name, "an order with this client id", placed["client_id"])
            continue
        account = accounts.setdefault(placed["account"], order["account_id"])
        wanted = (order["account_id"], venue_symbol(order["symbol"]), order["side"])
        check.same("orders", name, wanted, (account, placed["symbol"], placed["side"]))
        quantity = Decimal(str(order["quantity"]))
        check.same("orders", name, quantity.normalize(), Decimal(placed["quantity"]).normalize())
    check.figures = f"{len(seen.venue_orders)} orders of {len(accounts)} accounts"
    return check


def _effects(seen: Evidence) -> Check:
    """Count effects by cause and never by client id: the venue forgets those."""
    check = Check("each cause was accepted at most once")
    placed: Counter[str] = Counter()
    quantities: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for one in seen.venue_orders:
        order = seen.order_of(one["client_id"])
        if order is not None:
            placed[order["id"]] += 1
            quantities[_cause(order)] += seen.executed[str(one["order_id"])]
    for order_id, count in placed.items():
        check.same("orders", order_id, "1 on the venue", f"{count} on the venue")
    most: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for order in seen.orders.values():
        most[_cause(order)] = max(most[_cause(order)], Decimal(str(order["quantity"])))
    for order in seen.orders.values():
        cause = _cause(order)
        known = (order["cause"], order["account_id"], str(order["subscription_id"]), order["leg"])
        check.same("orders", order["id"], derive("order", *known, str(order["n"])), order["id"])
        done = quantities.pop(cause, Decimal(0))
        if done > most[cause]:
            check.same("orders", order["id"], f"at most {most[cause]} filled by its cause", done)
    check.figures = f"{len(most)} causes, {sum(placed.values())} accepted"
    return check


def _ended(seen: Evidence) -> Check:
    check = Check("every order has ended, and tells what the venue filled")
    for order in seen.orders.values():
        if order["state"] not in TERMINAL:
            check.same("orders", order["id"], "a terminal state", order["state"])
        venue = Decimal(0)
        if order["venue_order_id"] is not None:
            venue = seen.executed.get(str(order["venue_order_id"]), Decimal(0))
        for column in ("filled_quantity", "booked_quantity"):
            found = Decimal(str(order[column]))
            check.same(f"orders.{column}", order["id"], f"{venue:f}", _plain(found, venue))
        if order["state"] == "filled":
            check.same("orders", order["id"], Decimal(str(order["quantity"])), venue)
    for row in seen.tables["outbox"]:
        if row["sent_at"] is None:
            check.same("outbox", row["id"], "sent", "waiting")
    for row in seen.tables["dead_task"]:
        check.same("dead_task", row["id"], "no dead task", row["error"])
    states = Counter(row["state"] for row in seen.orders.values())
    check.figures = ", ".join(f"{count} {state}" for state, count in states.most_common())
    return check


def _cause(order: Row) -> tuple[str, ...]:
    return tuple(
        str(order[name]) for name in ("tenant_id", "cause", "account_id", "subscription_id", "leg")
    )


# --- positions and round trips, from the venue's trades alone


def _lives(seen: Evidence) -> dict[str, tuple[Row, Life]]:
    """Return the lives by derived position id, each with the order that began it."""
    lives: dict[str, tuple[Row, Life]] = {}
    held: dict[tuple[str, str], Life] = {}
    for trade in seen.venue_trades:
        order = seen.order_of(trade["client_id"])
        if order is None:
            continue  # `_known` has named it
        place = (order["account_id"], order["symbol"])
        for side, quantity, fee in _cuts(trade, held.get(place)):
            life = held.get(place)
            if life is None or life.open == 0:
                leg = "LONG" if side == "BUY" else "SHORT"
                life = held[place] = Life(leg, order["id"])
                begun_by = (order["id"], str(trade["trade_id"]))
                lives[derive("position", *place, leg, *begun_by)] = (order, life)
            life.fees += fee
            value = quantity * Decimal(trade["price"])
            if (side == "BUY") == (life.leg == "LONG"):
                life.entered += quantity
                life.entry_value += value
            else:
                life.exited += quantity
                life.exit_value += value
                life.realised += Decimal(trade["realised_pnl"])
    return lives


def _cuts(trade: Row, life: Life | None) -> list[tuple[str, Decimal, Decimal]]:
    """Split a trade that crosses zero; the fee pro rata, rounded down on the ending part."""
    side, quantity, fee = trade["side"], Decimal(trade["quantity"]), Decimal(trade["fee"])
    closing = life is not None and life.open > 0 and (side == "BUY") != (life.leg == "LONG")
    if life is None or not closing or quantity <= life.open:
        return [(side, quantity, fee)]
    first = (fee * life.open / quantity).quantize(FEE_STEP, ROUND_DOWN)
    return [(side, life.open, first), (side, quantity - life.open, fee - first)]


def _positions(seen: Evidence, lives: dict[str, tuple[Row, Life]]) -> Iterator[Check]:
    check = Check("positions = Σ signed fills of the venue, life by life")
    ours = {row["id"]: row for row in seen.tables["position"]}
    for position_id, (_, life) in lives.items():
        row = ours.pop(position_id, None)
        if row is None:
            check.same("position", position_id, f"{life.leg} {life.entered}", "no row")
            continue
        pairs = {
            "entered": life.entered, "entry_value": life.entry_value, "exited": life.exited,
            "exit_value": life.exit_value, "fees_usdt": life.fees,
        }  # fmt: skip
        for column, wanted in pairs.items():
            found = Decimal(str(row[column]))
            check.same(f"position.{column}", position_id, f"{wanted:f}", _plain(found, wanted))
        check.same("position.leg", position_id, life.leg, row["leg"])
        check.same(
            "position.closed_at", position_id,
            "closed" if life.open == 0 else "open", "closed" if row["closed_at"] else "open",
        )  # fmt: skip
    for position_id in ours:
        check.same("position", position_id, "trades in the venue's journal", "none")
    still = sum(1 for _, life in lives.values() if life.open)
    check.figures = f"{len(lives)} lives, {still} open"
    yield check
    yield _held(seen)


def _held(seen: Evidence) -> Check:
    check = Check("what the venue holds = what we hold, now")
    venue: dict[tuple[str, str], Decimal] = {}
    for trade in seen.venue_trades:
        order = seen.order_of(trade["client_id"])
        if order is not None:
            place = (order["account_id"], order["symbol"])
            venue[place] = Decimal(trade["position_quantity"])
    ours: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in seen.tables["position"]:
        signed = Decimal(str(row["entered"])) - Decimal(str(row["exited"]))
        ours[row["account_id"], row["symbol"]] += signed if row["leg"] == "LONG" else -signed
    for place in venue.keys() | ours.keys():
        wanted, found = venue.get(place, Decimal(0)), ours.get(place, Decimal(0))
        check.same("position", " ".join(place), f"{wanted:f}", _plain(found, wanted))
    check.figures = f"{len(venue)} accounts × symbols"
    return check


# --- trades, charges, commissions


def _billing(seen: Evidence, lives: dict[str, tuple[Row, Life]]) -> Iterator[Check]:
    trips = Check("closed trades recomputed from the venue's journal")
    charges = Check("charges + unpaid recomputed = ours to the unit; self pays first, then gift")
    parts = Check("pool = its parts + residue, recomputed from each trade's tree")
    ours = {row["position_id"]: row for row in seen.tables["trade"]}
    tenants = {row["tenant_id"]: row for row in seen.tables["tenant"]}
    net_sum = Decimal(0)
    for position_id, (order, life) in lives.items():
        if life.open:
            continue
        row = ours.pop(position_id, None)
        if row is None:
            trips.same("trade", position_id, f"net {life.gross - life.fees:f}", "no row")
            continue
        net_sum += life.gross - life.fees
        _trip(trips, row, life, order)
        _charge(charges, seen, row, life, tenants[row["tenant_id"]])
        _shares(parts, seen, row, tenants[row["tenant_id"]])
    for row in ours.values():
        trips.same("trade", row["id"], "a round trip in the venue's journal", "none")
    trades = seen.tables["trade"]
    totals = {name: sum(row[name] for row in trades) for name in
              ("charge", "paid_self", "paid_gift", "unpaid")}  # fmt: skip
    trips.figures = f"{len(trades)} trades, net {net_sum:f} USDT"
    charges.figures = ", ".join(f"{name} {usdt(total)}" for name, total in totals.items())
    paid = sum(row["amount"] for row in seen.tables["commission"])
    parts.same("commission", "all", totals["paid_self"], paid)
    parts.figures = f"pool {usdt(totals['paid_self'])} in {len(seen.tables['commission'])} parts"
    yield from (trips, charges, parts, _tree(seen))


def _trip(check: Check, row: Row, life: Life, order: Row) -> None:
    pairs = {
        "quantity": life.entered, "gross_usdt": life.gross, "fees_usdt": life.fees,
        "net_usdt": life.gross - life.fees,
    }  # fmt: skip
    for column, wanted in pairs.items():
        found = Decimal(str(row[column]))
        check.same(f"trade.{column}", row["id"], f"{wanted:f}", _plain(found, wanted))
    check.same("trade.account_id", row["id"], order["account_id"], row["account_id"])
    check.same("trade.leg", row["id"], life.leg, row["leg"])


def _charge(check: Check, seen: Evidence, row: Row, life: Life, tenant: Row) -> None:
    net, share = life.gross - life.fees, Decimal(str(row["share"]))
    check.same("trade.share", row["id"], Decimal(str(tenant["billing_share"])), share)
    wanted = int((net * share * MINOR).to_integral_value(ROUND_UP)) if net > 0 else 0
    check.same("trade.charge", row["id"], wanted, row["charge"])
    paid = row["paid_self"] + row["paid_gift"]
    check.same("trade.unpaid", row["id"], wanted - paid, row["unpaid"])
    tenant_id, user = row["tenant_id"], row["user_id"]
    gross, fees = (_minor(amount) for amount in (life.gross, life.fees))
    account = row["account_id"]
    expected = {
        "trade_result": {
            ("venue_cash", account): gross - fees,
            ("trading_result", account): -gross,
            ("trading_fee", account): fees,
        },
        "profit_charge": {
            ("points_self", user): -row["paid_self"],
            ("profit_pool", ""): row["paid_self"],
            ("points_gift", user): -row["paid_gift"],
            ("burned_gift", ""): row["paid_gift"],
        },
    }
    for kind, legs in expected.items():
        moved = {owner: minor for owner, minor in legs.items() if minor}
        found = seen.legs.get((tenant_id, kind, row["id"]), {})
        check.same("entry", f"{kind} of trade {row['id']}", _named(moved), _named(found))
    if row["paid_gift"] or row["unpaid"]:
        _is_empty(check, seen, row, "points_self")
    if row["unpaid"]:
        _is_empty(check, seen, row, "points_gift")


def _is_empty(check: Check, seen: Evidence, row: Row, kind_of_card: str) -> None:
    """Demand that a card was used up before the next one paid, at the charge's own moment."""
    kinds = ("trade_result", "profit_charge", "pool_split")
    txns = {derive("txn", row["tenant_id"], kind, row["id"]) for kind in kinds}
    booked = [entry["booked_at"] for entry in seen.tables["entry"] if entry["txn_id"] in txns]
    if not booked:
        return  # the legs above have named it
    account = derive("ledger-account", row["tenant_id"], kind_of_card, row["user_id"])
    before = [
        entry
        for entry in seen.tables["entry"]
        if entry["account_id"] == account and entry["booked_at"] <= max(booked)
    ]
    left = max(before, key=lambda entry: int(entry["version"]))["balance_after"] if before else 0
    check.same("trade", f"{row['id']} {kind_of_card} before the next card", 0, left)


def _shares(check: Check, seen: Evidence, row: Row, tenant: Row) -> None:
    pool, network = row["paid_self"], row["network"]
    wanted = list(_split(pool, network))
    rows = sorted(
        (one for one in seen.tables["commission"] if one["trade_id"] == row["id"]),
        key=lambda one: int(one["ordinal"]),
    )
    for one, (kind, receiver, minor) in zip(rows, wanted, strict=False):
        found = (one["kind"], one["receiver_id"], one["amount"])
        check.same("commission", f"{row['id']}#{one['ordinal']}", (kind, receiver, minor), found)
    check.same("commission", f"of trade {row['id']}", f"{len(wanted)} parts", f"{len(rows)} parts")
    check.same("commission", f"of trade {row['id']}", pool, sum(one["amount"] for one in rows))
    legs: Legs = defaultdict(int)
    for kind, receiver, minor in wanted:
        legs[_receiver(kind, receiver, network["root_id"], tenant)] += minor
    if pool:
        legs["profit_pool", ""] -= pool
    moved = seen.legs.get((row["tenant_id"], "pool_split", row["id"]), {})
    check.same("entry", f"pool_split of trade {row['id']}", _named(legs), _named(moved))


def _split(pool: int, network: Row) -> Iterator[tuple[str, str | None, int]]:
    """Share a pool by first-system §3.4: each part rounds down, the rest has names."""
    root, above, level = network["root_id"], network["ancestors"], network["source_level"]
    tech, budget, platform = (_part(pool, Decimal(rate) / 100) for rate in (10, 20, 70))
    left = budget
    parts: list[tuple[str, str | None, int]] = [
        ("tech_team", root, tech), ("platform_retain", None, platform),
    ]  # fmt: skip
    direct = min(_part(budget, Decimal("0.25")), left)
    holds = bool(above) and Decimal(str(above[0]["self_hold_usdt"])) >= SELF_HOLD
    parts.append(
        ("direct", above[0]["user_id"], direct) if holds else ("direct_undist", root, direct)
    )
    left -= direct
    last = Decimal(0)
    for one in above:
        rate = RATES[one["level"]]
        if one["is_market_node"] and rate > last and left > 0:
            minor = min(_part(budget, rate - last), left)
            parts.append(("level_diff", one["user_id"], minor))
            left, last = left - minor, rate
    peer = min(_part(budget, Decimal("0.10")), left)
    equal = [one for one in above if level >= 1 and one["is_market_node"] and one["level"] == level]
    parts.append(("peer", equal[0]["user_id"], peer) if equal else ("peer_undist", root, peer))
    parts.append(("network_undist", root, left - peer))
    parts.append(("residue", None, pool - tech - budget - platform))
    return (part for part in parts if part[2] > 0)


def _receiver(kind: str, receiver: str | None, root: str, tenant: Row) -> Owner:
    if kind == "residue":
        return "residue", ""
    if kind == "platform_retain":
        return ("rewards", root) if tenant["platform_share_to_root"] else ("platform_income", "")
    return "rewards", str(receiver)


def _tree(seen: Evidence) -> Check:
    """Compare the tree that each trade was shared along with the users' own inviters."""
    check = Check("each trade was shared along its user's inviters, in order")
    users = {row["id"]: row for row in seen.tables["users"]}
    for row in seen.tables["trade"]:
        if row["paid_self"] == 0:
            continue
        above = []
        inviter = users[row["user_id"]]["inviter_id"]
        while inviter is not None and not users[inviter]["is_root"]:
            above.append(inviter)
            inviter = users[inviter]["inviter_id"]
        told = row["network"]["ancestors"]
        found = [one["user_id"] for one in told if not users[one["user_id"]]["is_root"]]
        check.same("trade.network", row["id"], above, found)
        for one in told:
            if Decimal(str(one["self_hold_usdt"])) < SELF_HOLD:
                check.same("trade.network", f"{row['id']} {one['user_id']}", 0, one["level"])
    depth = Counter(len(row["path"]) for row in users.values() if not row["is_root"])
    check.figures = f"{len(users)} users in {len(depth)} levels"
    return check


# --- the whole


def _balances(seen: Evidence, lives: dict[str, tuple[Row, Life]]) -> Iterator[Check]:
    check = Check("every exchange account: deposits + closed trades = the venue's wallet")
    wallets: dict[str, Decimal] = {}
    accounts: dict[str, str] = {}
    for row in seen.journal:
        if row["kind"] in {"trade", "transfer"}:
            wallets[row["account"]] = Decimal(row["wallet_balance"])
        if row["kind"] == "order" and (order := seen.order_of(row["client_id"])) is not None:
            accounts[row["account"]] = order["account_id"]
    cash = {
        row["owner"]: row["balance"]
        for row in seen.tables["ledger_account"]
        if row["kind"] == "venue_cash"
    }
    begun: dict[str, Decimal] = defaultdict(Decimal)
    for order, life in lives.values():
        if life.open:  # the venue has booked what we book at the close
            begun[order["account_id"]] += life.realised - life.fees
    for label, account in accounts.items():
        wanted = _minor(wallets[label] - begun[account])
        check.same("ledger_account", f"venue_cash/{account} ({label})", wanted, cash.get(account))
    total = sum(wallets.values(), Decimal(0))
    check.figures = f"{len(accounts)} accounts, {total:f} USDT, of it begun {sum(begun.values()):f}"
    yield check


def _figures(seen: Evidence) -> Iterator[Check]:
    """Refuse a proof of nothing: each way of money must have been walked."""
    check = Check("nothing of it was empty")
    kinds: Counter[str] = Counter()
    for row in seen.tables["commission"]:
        kinds[row["kind"]] += row["amount"]
    trades = seen.tables["trade"]
    reasons = Counter(row["close_reason"] for row in trades)
    amounts = {
        "direct": kinds["direct"], "level difference": kinds["level_diff"],
        "peer": kinds["peer"],
        "undistributed": sum(kinds[kind] for kind in UNDISTRIBUTED),
        "gift": sum(row["paid_gift"] for row in trades),
        "unpaid": sum(row["unpaid"] for row in trades),
    }  # fmt: skip
    for name, minor in amounts.items():
        if minor <= 0:
            check.same("commission" if name in {"direct", "peer"} else "trade", name, "> 0", minor)
    check.figures = ", ".join(f"{name} {usdt(minor)}" for name, minor in amounts.items())
    yield check
    yield _closes(trades, reasons)
    yield _split_orders(seen)
    yield _members(seen)


def _closes(trades: list[Row], reasons: Counter[str]) -> Check:
    check = Check("closed by signals and by stops")
    if len(trades) < LEAST_TRADES:
        check.same("trade", "count", f"≥ {LEAST_TRADES}", len(trades))
    if not reasons["STOP_LOSS"]:
        check.same("trade", "closed by STOP_LOSS", "≥ 1", 0)
    if reasons["SIGNAL"] * 100 < len(trades) * LEAST_SIGNAL_PERCENT:
        check.same("trade", "closed by SIGNAL", f"≥ {LEAST_SIGNAL_PERCENT} %", reasons["SIGNAL"])
    told = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
    check.figures = f"{len(trades)} trades: {told}"
    return check


def _split_orders(seen: Evidence) -> Check:
    check = Check("orders that filled in more than one trade")
    trades = Counter(str(row["order_id"]) for row in seen.venue_trades)
    several = sum(1 for count in trades.values() if count > 1)
    if not trades or several * 100 < len(trades) * LEAST_SPLIT_PERCENT:
        check.same("fill", "orders in several trades", f"≥ {LEAST_SPLIT_PERCENT} %", several)
    check.figures = f"{several} of {len(trades)} ({several * 100 // max(1, len(trades))} %)"
    return check


def _members(seen: Evidence) -> Check:
    check = Check("every member of every pool placed orders")
    filled = {row["order_id"] for row in _fills(seen)}
    orders = Counter(
        row["token"]
        for row in seen.tables["task"]
        if row["kind"] == "order" and row["order_id"] in filled
    )
    told = []
    for row in seen.tables["member"]:
        name = f"{row['tenant_id']}/{row['pool']}-{row['index']}"
        told.append(f"{name} {orders[row['token']]}")
        if row["is_wanted"] and not orders[row["token"]]:
            check.same("member", name, "≥ 1 filled order", 0)
    check.figures = ", ".join(sorted(told))
    return check


def _fills(seen: Evidence) -> list[Row]:
    return seen.tables["fill"]


def venue_symbol(symbol: str) -> str:
    """Return the venue's spelling of BASE-QUOTE-SWAP."""
    return symbol.removesuffix("-SWAP").replace("-", "")


def usdt(minor: int) -> str:
    """Write minor units for a person."""
    return f"{Decimal(minor) / MINOR:.8f}"


def _minor(amount: Decimal) -> int:
    return int((amount * MINOR).to_integral_value(ROUND_HALF_EVEN))


def _part(minor: int, rate: Decimal) -> int:
    return int((minor * rate).to_integral_value(ROUND_DOWN))


def _plain(found: Decimal, wanted: Decimal) -> str:
    """Write a found amount, like the wanted one when both are the same number."""
    return f"{wanted:f}" if found == wanted else f"{found:f}"


def _text(values: Iterable[object]) -> str:
    return ", ".join(
        f"{one.normalize():f}" if isinstance(one, Decimal) else str(one) for one in values
    )


def _named(legs: Legs) -> str:
    rows = sorted((f"{kind}/{owner}" if owner else kind, minor)
                  for (kind, owner), minor in legs.items() if minor)  # fmt: skip
    return ", ".join(f"{name} {minor:+d}" for name, minor in rows) or "nothing"


def read_journal(path: Path) -> list[Row]:
    """Read the venue's journal; a torn last line was never acknowledged."""
    lines = path.read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines[:-1] if line]


def read_dump(path: Path) -> Tables:
    """Read a dump: a table's name and a row per line, decimals exactly."""
    tables: Tables = defaultdict(list)
    with path.open(encoding="utf-8") as file:
        for line in file:
            one = json.loads(line, parse_float=Decimal)
            tables[one["table"]].append(one["row"])
    return tables


def lines(checks: Iterable[Check]) -> Iterator[str]:
    """Write the proof plainly."""
    for check in checks:
        yield f"{'FAIL' if check.faults else 'ok  '} {check.claim}: {check.figures}"
        yield from (f"       {fault}" for fault in check.faults[:MOST_SHOWN])
        if len(check.faults) > MOST_SHOWN:
            yield f"       and {len(check.faults) - MOST_SHOWN} more"


def main(words: list[str]) -> int:
    """Judge a journal and a dump."""
    if len(words) != 2:
        print("usage: python referee.py JOURNAL DUMP", file=sys.stderr)  # noqa: T201
        return 2
    journal, dump = words
    checks = judge(read_journal(Path(journal)), read_dump(Path(dump)))
    for line in lines(checks):
        print(line)  # noqa: T201 - the proof is what this program says
    return 1 if any(check.faults for check in checks) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
