"""When is it proved that an order does not exist? Pure.

Both are needed: the venue's clock is past the signed expiry plus a margin, and two spaced rounds of
look-ups, both made after that, found none of the ids.
"""

from dataclasses import dataclass
from typing import Final

from ironbull_node.life import Life
from ironbull_node.venue.port import Quirks

ROUNDS_NEEDED: Final = 2
SPACING_MS: Final = 1_000
MARGIN_MS: Final = 500


@dataclass(frozen=True, slots=True)
class Proof:
    """Count rounds of look-ups that found nothing."""

    rounds: int = 0
    last_ms: int = 0

    def add(self, life: Life, quirks: Quirks, venue_ms: int) -> "Proof":
        """Add a complete round without a find; one that is too early or too close is no proof.

        Args:
            life: the task.
            quirks: of the venue.
            venue_ms: the venue's clock *before* the round's first look-up.
        """
        if venue_ms <= provable_after_ms(life, quirks):
            return self
        if self.rounds and venue_ms < self.last_ms + SPACING_MS:
            return self
        return Proof(self.rounds + 1, venue_ms)

    def is_complete(self, quirks: Quirks) -> bool:
        """Say whether absence is proved."""
        return quirks.absence_provable and self.rounds >= ROUNDS_NEEDED


def provable_after_ms(life: Life, quirks: Quirks) -> int:
    """Return the venue's instant after which a round counts.

    An attempt of somebody else was signed before the task came here, so its window ends at most one
    window after that.
    """
    signed_at = life.signed_at_ms or life.received_ms
    if life.others_sent:
        signed_at = max(signed_at, life.received_ms)
    window = life.window_ms or quirks.window_ms
    lag_ms = int(quirks.lookup_lag_seconds * 1000)
    return signed_at + window + quirks.future_tolerance_ms + lag_ms + MARGIN_MS
