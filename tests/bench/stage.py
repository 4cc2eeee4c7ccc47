"""On what is measured? The whole local platform with one tenant, whose one strategy is silent.

Its signals are the benchmark's, published as the tenant's own engine.
"""

import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import nats
import psutil
import psycopg
import yaml
from fixtures.waiting import eventually
from nats.aio.client import Client
from psycopg.rows import DictRow, dict_row

from ironbull_client import AsyncMerchant
from ironbull_local import view
from ironbull_local.database import DATABASE, Role
from ironbull_local.demo import reach, script
from ironbull_local.demo.calls import Desk
from ironbull_local.folder import DataFolder
from ironbull_local.keys import keep_merchant_key
from ironbull_local.stack import Paper
from ironbull_local.up import Options, Running, platform
from ironbull_messages import ids, subjects
from ironbull_messages.launch import CREDS_FILE
from ironbull_messages.resources import Strategy, strategy_version
from ironbull_messages.signal import Signal
from ironbull_messages.words import Action, Environment, Leg, Timeframe, VenueType, feed_id

TENANT, STRATEGY = "bench", "told"
SYMBOL, WIRE = "SOL-USDT-SWAP", "SOLUSDT"
WALLET_USDT, CAPITAL_USDT, POINTS = "10000", "5000", "500"
"""A hundredth of the capital at leverage 20: orders of 1,000 USDT, which walk the book."""
SPEED, SEED = "3600", 7
"""An hour per second, so that prices move by more than the fees between opening and close."""
AHEAD = timedelta(hours=12)
"""An opinion is valid for a candle, which is a second here; none shall expire."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PATIENCE_SECONDS = 120.0
HTTP_SECONDS = 60.0
DOCUMENTS = """
apiVersion: v1
kind: Namespace
metadata: {{name: ironbull-bench, labels: {{ironbull.io/tenant: bench}}}}
---
apiVersion: ironbull.io/v1alpha1
kind: Tenant
metadata: {{name: bench}}
spec:
  displayName: Benchmark
  venues: [{{name: paper, type: binance, environment: Paper}}]
---
apiVersion: ironbull.io/v1alpha1
kind: ExecutionNode
metadata: {{name: main, namespace: ironbull-bench}}
spec: {{venue: paper, replicas: {replicas}, concurrency: {concurrency}}}
---
apiVersion: ironbull.io/v1alpha1
kind: Strategy
metadata: {{name: told, namespace: ironbull-bench}}
spec:
  classRef: {{name: rsi, version: 1}}
  parameters: {{rsi_period: "90", rsi_overbought: "95", rsi_oversold: "5"}}
  symbols: [SOL-USDT-SWAP]
  timeframe: 1h
  venue: paper
  risk:
    minConfidence: 0
    maxConsecutiveLosses: 1000
    tradeCoolDownSeconds: 0
    dailyTradeLimit: 100000
    weeklyTradeLimit: 100000
    dailyLossLimitUsdt: "1000000"
  sizing: {{leverage: 20, riskMode: Conservative}}
"""


@dataclass(slots=True)
class Stage:
    """A platform that waits for the benchmark's signals."""

    folder: DataFolder
    running: Running
    merchant: AsyncMerchant
    staff: Desk
    exchange: Desk
    database: psycopg.AsyncConnection[DictRow]
    """As the role that sees every tenant."""
    version: str
    engine: Client | None = None
    _market_ms: int = 0
    _learnt_at: float = 0.0
    _close_at: datetime = EPOCH

    @property
    def paper_url(self) -> str:
        """Where the paper exchange answers."""
        return self.running.endpoints["paper"]

    def url(self, role: Role) -> str:
        """Return how a role connects to the database."""
        password = self.folder.secret(f"{role}.password").read_text()
        place = self.running.endpoints["postgres"].removeprefix("postgresql://")
        return f"postgresql://{role}:{password}@{place}/{DATABASE}"

    async def rows(self, query: str, *parameters: object) -> list[dict[str, Any]]:
        """Ask the database."""
        cursor = await self.database.execute(query.encode(), parameters)
        return await cursor.fetchall()

    async def count(self, query: str, *parameters: object) -> int:
        """Return the one number that a query answers with."""
        (row,) = await self.rows(query, *parameters)
        return int(next(iter(row.values())))

    async def learn_time(self) -> None:
        """Ask for the market's time once; from then on it goes at its speed."""
        told = await self.exchange.client.get(
            f"{self.exchange.url}/paper/v1/clock",
            headers={"authorization": f"Bearer {self.exchange.token}"},
        )
        self._market_ms, self._learnt_at = int(told.json()["market_time_ms"]), time.monotonic()

    def signal(self, action: Action, leg: Leg = Leg.LONG) -> Signal:
        """Return a new opinion; each has a candle of its own, a little ahead of the market."""
        elapsed = timedelta(seconds=(time.monotonic() - self._learnt_at) * int(SPEED))
        now = datetime.fromtimestamp(self._market_ms // 1000, UTC) + elapsed
        after = self._close_at + timedelta(seconds=1)
        self._close_at = max(after, (now + AHEAD).replace(microsecond=0))
        causes = (SYMBOL, Timeframe.H1, self._close_at, action, leg)
        return Signal(
            id=ids.signal_id(TENANT, STRATEGY, self.version, *causes),
            tenant=TENANT,
            strategy=STRATEGY,
            strategy_version=self.version,
            feed=feed_id(VenueType.BINANCE, Environment.PAPER),
            symbol=SYMBOL,
            timeframe=Timeframe.H1,
            close_at=self._close_at,
            action=action,
            leg=leg,
            price=Decimal(25),
            confidence=100,
            reason="benchmark",
        )

    async def publish(self, signal: Signal) -> None:
        """Publish as the tenant's engine does; the stream has it on return."""
        assert self.engine is not None
        js = self.engine.jetstream(timeout=HTTP_SECONDS)
        subject = subjects.signal(TENANT, STRATEGY)
        await js.publish(subject, signal.to_bytes(), headers={"Nats-Msg-Id": str(signal.id)})

    async def bind(self, number: int) -> None:
        """Make a user with cards, an exchange account and a subscription, over the public API."""
        email, label = f"user{number}@bench.example", f"bench-{number}"
        keys = await self.open_paper_account(label)
        merchant = self.merchant
        await merchant.create_user(email=email, idempotency_key=f"{label}-user")
        await merchant.create_recharge(
            email, kind="self", amount=POINTS, idempotency_key=f"{label}-points"
        )
        bound = await merchant.create_account(
            email,
            venue="paper",
            label=label,
            api_key=keys["api_key"],
            api_secret=keys["secret"],
            idempotency_key=f"{label}-account",
        )
        await merchant.create_subscription(
            email,
            account_id=bound.id,
            strategy=STRATEGY,
            capital_usdt=CAPITAL_USDT,
            idempotency_key=f"{label}-subscription",
        )

    async def open_paper_account(self, label: str) -> dict[str, Any]:
        """Return the keys of a new account at the paper exchange."""
        body = {"label": label, "balance": WALLET_USDT}
        return await self.exchange.post("/paper/v1/accounts", body)

    async def until_ready(self, accounts: int) -> None:
        """Wait until members have checked the keys of all accounts."""
        query = "SELECT count(*) FROM exchange_account WHERE state = 'ready'"

        async def ready() -> bool:
            return await self.count(query) >= accounts

        await eventually(ready, f"{accounts} accounts ready", PATIENCE_SECONDS)

    def cpu_seconds(self) -> dict[str, float]:
        """Return how much processor each process has used so far, with its children."""
        used = {}
        for name in self.running.supervisor.names:
            pid = self.running.supervisor[name].pid
            assert pid is not None, f"{name} does not run"
            process = psutil.Process(pid)
            times = [one.cpu_times() for one in (process, *process.children(recursive=True))]
            used[name] = sum(one.user + one.system for one in times)
        return used


@asynccontextmanager
async def stage(replicas: int = 1, concurrency: int = 32) -> AsyncIterator[Stage]:
    """Run the platform, apply the documents, and connect as the engine."""
    root = _new_folder()
    text = DOCUMENTS.format(replicas=replicas, concurrency=concurrency)
    (spoken,) = [row for row in yaml.safe_load_all(text) if row["kind"] == "Strategy"]
    folder = DataFolder(root / "data")
    try:
        async with AsyncExitStack() as stack:
            running = await stack.enter_async_context(
                platform(folder, Options(paper=Paper(SPEED, SEED)), view.done)
            )
            await asyncio.to_thread(script.apply, folder, text)
            client = await stack.enter_async_context(
                httpx.AsyncClient(trust_env=False, timeout=HTTP_SECONDS)
            )
            made = await _made(folder, running, client)
            stack.push_async_callback(made.database.close)
            made.version = strategy_version(Strategy.model_validate(spoken).spec)
            made.engine = await _as_engine(made)
            stack.push_async_callback(made.engine.close)
            members = "SELECT count(*) FROM member WHERE lease_until > now()"

            async def serving() -> bool:
                return await made.count(members) >= replicas

            await eventually(serving, f"{replicas} members serve", PATIENCE_SECONDS)
            body = {"kind": "self", "amount": "1000000"}
            await made.staff.post(f"/v1/tenants/{TENANT}/stock-ups", body, "bench-stock")
            await made.learn_time()
            yield made
    finally:
        shutil.rmtree(root)


def _new_folder() -> Path:
    root = Path(tempfile.mkdtemp(prefix="ironbull-bench-"))
    root.chmod(0o711)  # PostgreSQL may run as another user
    return root


async def _made(folder: DataFolder, running: Running, client: httpx.AsyncClient) -> Stage:
    urls, key = running.endpoints, keep_merchant_key(folder, TENANT)
    return Stage(
        folder=folder,
        running=running,
        merchant=AsyncMerchant(urls["merchant"], key.key_id, key.secret, client=client),
        staff=Desk(client, urls["admin"], folder.secret("staff.token").read_text()),
        exchange=Desk(
            client, urls["paper"], (folder.root / "paper" / "admin.token").read_text().strip()
        ),
        database=await psycopg.AsyncConnection.connect(
            reach.database_url(folder, running.endpoints), autocommit=True, row_factory=dict_row
        ),
        version="",
    )


async def _as_engine(made: Stage) -> Client:
    (row,) = await made.rows("SELECT engine_token FROM tenant WHERE tenant_id = %s", TENANT)
    token = row["engine_token"]
    return await nats.connect(
        made.running.endpoints["nats"],
        user_credentials=str(made.folder.clients / token / CREDS_FILE),
        inbox_prefix=subjects.inbox_prefix(token).encode(),
    )
