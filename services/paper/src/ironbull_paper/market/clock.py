"""What time is it in the market, given the machine's time?"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MarketClock:
    """Map machine time to market time by a start pair and a speed; it never waits.

    All instants are milliseconds since the epoch.
    """

    market_start_ms: int
    machine_start_ms: int
    speed: float

    def market_ms(self, machine_ms: int) -> int:
        """Return the market time at a machine time; before the start the market stands still."""
        elapsed = max(0, machine_ms - self.machine_start_ms)
        return self.market_start_ms + int(elapsed * self.speed)

    def with_speed(self, speed: float, machine_ms: int) -> "MarketClock":
        """Return a clock that goes on from this one's market time at another speed."""
        return MarketClock(self.market_ms(machine_ms), machine_ms, speed)
