"""The sync role: ask for readings of accounts, take what members report."""

import asyncio
from dataclasses import dataclass
from typing import Final

from nats.aio.client import Client

from ironbull_app.flows.sync_ask import ask
from ironbull_app.flows.sync_report import record
from ironbull_app.ports.sync import BeginSync
from ironbull_kit import logs, repeat, serve
from ironbull_kit.clocks import Clock
from ironbull_messages import subjects
from ironbull_messages.fleet import Accepted, SyncReport

QUEUE: Final = "sync"
ASK_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class SyncParts:
    """What the role works with."""

    client: Client
    begin: BeginSync
    now: Clock


async def run(parts: SyncParts, stopping: asyncio.Event) -> None:
    """Work until the process should end."""

    async def report(subject: str, body: bytes) -> Accepted:
        who = subjects.parse_member(subject)
        message = SyncReport.model_validate_json(body)
        failed = [str(one.account_id) for one in message.accounts if one.failed]
        if failed:
            logs.get().warning("readings_failed", token=who.token, accounts=failed)
        return await record(parts.begin, who, message, parts.now())

    async def ask_again() -> int:
        return await ask(parts.begin, parts.now())

    subscription = await serve.answer(parts.client, subjects.ANY_SYNC, QUEUE, report)
    await repeat.every(ASK_SECONDS, "sync.ask", ask_again, stopping)
    await subscription.unsubscribe()
