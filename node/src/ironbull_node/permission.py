"""May this task be signed? Lease, epoch, keys and the newest snapshot must agree."""

import asyncio
from dataclasses import dataclass
from typing import Final

from ironbull_messages.fleet import Credentials
from ironbull_messages.refusals import Refusal
from ironbull_messages.task import CancelTask, OrderTask
from ironbull_node.changes import Changes
from ironbull_node.keys import KeyRing
from ironbull_node.leases import Leases

OPEN_WAIT_SECONDS: Final = 3.0
CLOSE_WAIT_SECONDS: Final = 20.0
KEYS_WAIT_SECONDS: Final = 5.0
REST_SECONDS: Final = 3_600.0


@dataclass(frozen=True, slots=True)
class Permission:
    """The member's rights, as one question."""

    leases: Leases
    keyring: KeyRing
    changes: Changes
    """Rung whenever leases or keys change."""
    window_seconds: float

    def refuses(self, task: OrderTask | CancelTask, *, closing: bool) -> Refusal | None:
        """Say why the task may not be signed now; None: it may."""
        if not closing and task.control_version > self.leases.version:
            return Refusal.LEASE_ENDING
        refused = self.leases.refuses(
            task.account_id, task.epoch, self.window_seconds, closing=closing
        )
        if refused is None and not closing and self._is_killed(task):
            return Refusal.KILL_SWITCH
        if refused is None and self.keyring.get(task.account_id) is None:
            return Refusal.KEYS_MISSING
        return refused

    def _is_killed(self, task: OrderTask | CancelTask) -> bool:
        strategy = task.strategy if isinstance(task, OrderTask) else None
        return self.leases.is_killed(task.account_id, strategy)

    async def wait(self, task: OrderTask | CancelTask, *, closing: bool) -> Refusal | None:
        """Wait, for a bounded time, for what a beat or a grant may still bring."""

        def is_decided() -> bool:
            refused = self.refuses(task, closing=closing)
            held = self.leases.epoch(task.account_id)
            is_older = refused is Refusal.EPOCH_STALE and held is not None and held > task.epoch
            return refused is None or refused is Refusal.KILL_SWITCH or is_older

        seconds = CLOSE_WAIT_SECONDS if closing else OPEN_WAIT_SECONDS
        await self.changes.until(is_decided, seconds)
        if self.leases.is_draining:
            # What is not signed stays in the journal: the next holder gets the task sent again.
            await asyncio.sleep(REST_SECONDS)
        return self.refuses(task, closing=closing)

    async def keys(self, task: OrderTask | CancelTask) -> Credentials | None:
        """Wait for the account's keys, for looking; None: not yet."""
        account_id = task.account_id
        await self.changes.until(
            lambda: self.keyring.get(account_id) is not None, KEYS_WAIT_SECONDS
        )
        return self.keyring.get(account_id)
