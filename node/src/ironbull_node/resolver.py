"""What became of an order whose outcome is unknown? Only our own ids at the venue decide."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from ironbull_kit.clocks import machine_now
from ironbull_messages.fleet import Credentials
from ironbull_messages.result import Source
from ironbull_node import life as lives
from ironbull_node.absence import Proof
from ironbull_node.clock import VenueClock
from ironbull_node.life import Life
from ironbull_node.venue.port import Venue, VenueError, VenueOrder

FIRST_PAUSES: Final = (0.2, 0.8, 2.0)
"""Look-ups 0.2, 1 and 3 s after the answer was lost: reads lag writes."""
PAUSE_SECONDS: Final = 1.2
SLOW_PAUSE_SECONDS: Final = 5.0
SLOWEST_PAUSE_SECONDS: Final = 30.0
SLOW_AFTER: Final = 25
SLOWEST_AFTER: Final = 150
MAX_ROUNDS: Final = 20_000
"""About a week; then the task rests until the member starts again."""
POSITION_AFTER: Final = 4
"""After about 5 s the position is read as a hint for people; it decides nothing."""
TELL_AFTER: Final = 1
"""UNKNOWN is told after so many rounds without an answer."""

Keys = Callable[[], Awaitable[Credentials | None]]
Tell = Callable[[Life], Awaitable[Life]]


class UnresolvedError(Exception):
    """All rounds are used up; the outcome stays unknown."""


class Resolver:
    """Look until an order is found or its absence is proved."""

    def __init__(self, venue: Venue, clock: VenueClock) -> None:
        self._venue = venue
        self._clock = clock

    async def resolve(self, life: Life, keys: Keys, tell: Tell) -> Life:
        """Return the life with its order, or in phase *absent*.

        Args:
            life: in phase *unproven*.
            keys: waits for the account's keys for a bounded time; None: not yet.
            tell: keeps and reports a life, and returns it.

        Raises:
            UnresolvedError: see the class.
        """
        proof = Proof()
        for number in range(MAX_ROUNDS):
            await asyncio.sleep(pause_before(number, has_sent=life.attempt > 0))
            held = await keys()
            if held is not None:
                life, proof, found = await self._round(life, held, proof, number)
                if found is not None:
                    return lives.see(life, found)
                if proof.is_complete(self._venue.quirks):
                    return lives.prove_absent(life)
                if number == POSITION_AFTER:
                    life = await self._hint(life, held)
            if number == TELL_AFTER:
                life = await tell(life)
        raise UnresolvedError(f"{life.task.task_id} after {MAX_ROUNDS} rounds")

    async def _round(
        self, life: Life, keys: Credentials, proof: Proof, number: int
    ) -> tuple[Life, Proof, VenueOrder | None]:
        source = Source.VENUE_TIME
        try:
            venue_ms = await self._clock.measure()
            source = Source.ORDER_BY_CLIENT_ID
            found = await self._by_client_id(life, keys)
            if found is None and number >= len(FIRST_PAUSES):
                source = Source.ALL_ORDERS
                found = await self._in_lists(life, keys)
        except VenueError as error:
            return lives.note(life, machine_now(), source, f"no answer: {error}"), proof, None
        if found is not None:
            said = f"{found.state.value} {found.venue_order_id}"
            return lives.note(life, machine_now(), source, said, found.client_id), proof, found
        life = lives.note(life, machine_now(), source, f"not found at venue time {venue_ms}")
        if source is not Source.ALL_ORDERS:
            return life, proof, None
        return life, proof.add(life, self._venue.quirks, venue_ms), None

    async def _hint(self, life: Life, keys: Credentials) -> Life:
        try:
            said = f"holds {await self._venue.position(keys, life.task.symbol)}"
        except VenueError as error:
            said = f"no answer: {error}"
        return lives.note(life, machine_now(), Source.POSITION, said)

    async def _by_client_id(self, life: Life, keys: Credentials) -> VenueOrder | None:
        for client_id in reversed(lives.candidate_ids(life)):
            found = await self._venue.find_by_client_id(keys, life.task.symbol, client_id)
            if found is not None:
                return found
        return None

    async def _in_lists(self, life: Life, keys: Credentials) -> VenueOrder | None:
        ours = set(lives.candidate_ids(life))
        symbol, since = life.task.symbol, life.task.created_at
        for order in await self._venue.open_orders(keys, symbol):
            if order.client_id in ours:
                return order
        for order in await self._venue.all_orders(keys, symbol, since):
            if order.client_id in ours:
                return order
        return None


def pause_before(number: int, *, has_sent: bool) -> float:
    """Return the seconds before a round; the first look at somebody else's task is at once."""
    if number == 0 and not has_sent:
        return 0.0
    if number < len(FIRST_PAUSES):
        return FIRST_PAUSES[number]
    if number < SLOW_AFTER:
        return PAUSE_SECONDS
    return SLOW_PAUSE_SECONDS if number < SLOWEST_AFTER else SLOWEST_PAUSE_SECONDS
