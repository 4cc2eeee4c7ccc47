"""How does a member pull one lane so that nothing sent to it is left lying?

A pull that the server holds outlives the member's connection, but its way back through the
tenant's account does not: what is sent to it after a reconnect is delivered into the void, and
comes again only after the ack wait. So a lost connection takes its inbox along before a new one is
made, and the server drops the pull for want of interest.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import nats.errors
import structlog
from nats.aio.msg import Msg
from nats.js import JetStreamContext

RESUBSCRIBE_AFTER: Final = 5
"""Empty pulls in a row; then another inbox is tried."""
LATE_SECONDS: Final = 0.2
"""The server ends a pull this much after the member at most; then its inbox may be given up."""

_log = structlog.get_logger()


class Pulling:
    """One lane's inbox, made anew when it is lost."""

    def __init__(
        self,
        subscribe: Callable[[], Awaitable[JetStreamContext.PullSubscription]],
        late_seconds: float = LATE_SECONDS,
    ) -> None:
        self._subscribe = subscribe
        self._late_seconds = late_seconds
        self._inbox: JetStreamContext.PullSubscription | None = None
        self._lost = asyncio.Event()
        self._empty = 0
        self._late: list[Msg] = []
        """What a pull of a lost connection had received already."""

    async def fetch(self, most: int, timeout_seconds: float) -> list[Msg]:
        """Pull messages; an empty list: none came in time, or the connection was lost.

        Raises:
            nats.errors.Error: the server refused.
        """
        if self._late:
            late, self._late = self._late, []
            return late
        if self._inbox is None:
            self._inbox = await self._subscribe()
        inbox = self._inbox
        self._lost.clear()
        try:
            messages = await self._unless_lost(inbox.fetch(most, timeout_seconds))
        except TimeoutError:
            if self._inbox is inbox:
                await self._count_empty(inbox)
            return []
        except nats.errors.Error:
            await self.give_up()
            raise
        self._empty = 0
        return messages

    async def give_up(self) -> None:
        """Let go of the inbox; the next pull has another one."""
        inbox, self._inbox, self._empty = self._inbox, None, 0
        self._lost.set()
        if inbox is not None:
            try:
                await inbox.unsubscribe()
            except nats.errors.Error as error:
                _log.info("lane.unsubscribed", why=type(error).__name__)

    async def _unless_lost(self, pull: Awaitable[list[Msg]]) -> list[Msg]:
        """Return what a pull brings; after a loss it goes on beside, for what it has already."""
        working = asyncio.ensure_future(pull)
        losing = asyncio.ensure_future(self._lost.wait())
        try:
            await asyncio.wait({working, losing}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            working.cancel()
            raise
        finally:
            losing.cancel()
        if working.done():
            return working.result()
        working.add_done_callback(self._keep_late)
        return []

    def _keep_late(self, working: "asyncio.Future[list[Msg]]") -> None:
        if not working.cancelled() and working.exception() is None:
            self._late += working.result()

    async def _count_empty(self, inbox: JetStreamContext.PullSubscription) -> None:
        self._empty += 1
        if self._empty < RESUBSCRIBE_AFTER:
            return
        await asyncio.sleep(self._late_seconds)
        if not inbox.pending_msgs and self._inbox is inbox:
            await self.give_up()
