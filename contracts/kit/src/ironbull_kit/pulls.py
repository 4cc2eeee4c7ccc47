"""How is a batch pulled without waiting for it to fill? The first message, then what is there.

nats-py's `fetch` of more than one keeps a message for up to its whole timeout: the answer to an
older pull makes it send a second one that lingers, and the next fetch waits for an end that only
expiry brings. A pull of one has no such rest, and `no_wait` takes what else is at hand.
"""

import json
from typing import Final

from nats.aio.msg import Msg
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js import JetStreamContext

AT_HAND_SECONDS: Final = 0.5
"""How long the server may take to say that there is no more."""
OF_OLDER: Final = frozenset({"100", "408"})
"""Heartbeats, and the end of a pull that has expired meanwhile."""


class PromptPull(JetStreamContext.PullSubscription):
    """A pull subscription whose `fetch` returns as soon as there is anything."""

    async def fetch(
        self,
        batch: int = 1,
        timeout: float | None = 5,  # noqa: ASYNC109 - nats-py's own signature
        heartbeat: float | None = None,
    ) -> list[Msg]:
        """Wait for one message; return it with those that are there already, at most `batch`."""
        found: list[Msg] = await super().fetch(1, timeout, heartbeat)
        if batch > len(found):
            found += await self._at_hand(batch - len(found))
        return found

    async def _at_hand(self, most: int) -> list[Msg]:
        request = json.dumps({"batch": most, "no_wait": True}).encode()
        await self._nc.publish(self._nms, request, self._deliver)
        found: list[Msg] = []
        while len(found) < most:
            try:
                message = await self._sub.next_msg(timeout=AT_HAND_SECONDS)
            except NatsTimeoutError:
                break
            status = (message.headers or {}).get("Status")
            if status is None:
                found.append(message)
            elif status not in OF_OLDER:
                break
        return found


def prompt(pull: JetStreamContext.PullSubscription) -> PromptPull:
    """Return the same subscription, prompt."""
    # nats-py offers no other way to make one.
    js, inbox, deliver = pull._js, pull._sub, pull._deliver.encode()  # noqa: SLF001
    return PromptPull(js, inbox, pull._stream, pull._consumer, deliver)  # noqa: SLF001
