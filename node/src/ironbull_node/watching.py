"""What happens to an order that works at the venue? It is asked for until it ends."""

from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

import structlog

from ironbull_kit.clocks import machine_now
from ironbull_messages.fleet import Credentials
from ironbull_messages.result import Source
from ironbull_node import life as lives
from ironbull_node.changes import Changes
from ironbull_node.fills import Fills
from ironbull_node.life import Life, Phase
from ironbull_node.venue.port import Venue, VenueError

FIRST_PAUSES: Final = (0.2, 0.5, 1.0)
PAUSE_SECONDS: Final = 2.0
MAX_LOOKS: Final = 2_000_000
"""More than a month; then the order rests until the member starts again."""

Keys = Callable[[], Awaitable[Credentials | None]]
Tell = Callable[[Life], Awaitable[Life]]

_log = structlog.get_logger()


class Watching:
    """Watch working orders; a cancel makes the watch look at once."""

    def __init__(self, venue: Venue, fills: Fills) -> None:
        self._venue = venue
        self._fills = fills
        self._bells: dict[UUID, Changes] = {}

    def ring(self, task_id: UUID) -> None:
        """Look at an order now."""
        if (bell := self._bells.get(task_id)) is not None:
            bell.ring()

    async def watch(self, life: Life, keys: Keys, tell: Tell) -> Life:
        """Return the life when the venue's word is final; each change is told."""
        bell = self._bells.setdefault(life.task.task_id, Changes())
        try:
            life = await self._note_change(life, keys, tell)
            for number in range(MAX_LOOKS):
                if life.phase is not Phase.WORKING:
                    break
                pause = FIRST_PAUSES[number] if number < len(FIRST_PAUSES) else PAUSE_SECONDS
                await bell.until(lambda: False, pause)
                seen = await self._look(life, keys)
                if (seen.state, seen.filled) != (life.state, life.filled):
                    seen = await self._note_change(seen, keys, tell)
                life = seen
            return life
        finally:
            self._bells.pop(life.task.task_id, None)

    async def _note_change(self, life: Life, keys: Keys, tell: Tell) -> Life:
        if life.phase is not Phase.WORKING:
            return life
        life = await self._fills.read_once(life, keys) if life.missing else life
        return await tell(life)

    async def _look(self, life: Life, keys: Keys) -> Life:
        held, client_id = await keys(), life.client_order_id
        if held is None or client_id is None:
            return life
        try:
            order = await self._venue.find_by_client_id(held, life.task.symbol, client_id)
        except VenueError as error:
            _log.info("order.unanswered", task=str(life.task.task_id), why=str(error))
            return life
        if order is None:
            said = "a working order is not found"
            return lives.note(life, machine_now(), Source.ORDER_BY_CLIENT_ID, said, client_id)
        if order.executed < (life.filled or 0):
            return life
        return lives.see(life, order)
