"""How often, and after which pauses, is a call tried again?"""

import random
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """The bounds of trying again.

    Args:
        tries: of one call, the first one included.
        first_pause_seconds: doubled after each further try.
        longest_pause_seconds: no pause is longer.
    """

    tries: int = 4
    first_pause_seconds: float = 0.2
    longest_pause_seconds: float = 5.0

    def pauses(self) -> Iterator[float]:
        """Yield the pause before each further try, spread so that many callers do not meet."""
        for turn in range(self.tries - 1):
            pause = min(self.first_pause_seconds * 2**turn, self.longest_pause_seconds)
            yield pause * random.uniform(0.5, 1.0)  # noqa: S311 - a spread, not a secret
