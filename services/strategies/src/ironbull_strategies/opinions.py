"""What does a strategy say, and how are its stops placed on the instrument's tick?"""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from ironbull_messages.words import Action, Leg
from ironbull_strategies.window import Window


@dataclass(frozen=True, slots=True)
class Opinion:
    """What should happen to a position at a candle's close; None: no stop, no target."""

    action: Action
    leg: Leg
    price: Decimal
    stop_loss: Decimal | None
    take_profit: Decimal | None
    confidence: int
    reason: str


def turn(
    window: Window,
    leg: Leg,
    *,
    stop_distance: float,
    target_distance: float,
    confidence: int,
    reason: str,
) -> tuple[Opinion, Opinion]:
    """Close the opposite leg, then open this one.

    The close is said even where no position is known: one may be older than the window, and a
    close without a position is refused without harm.
    """
    sign = 1 if leg is Leg.LONG else -1
    opened = Opinion(
        Action.OPEN,
        leg,
        window.price,
        _level(window, -sign, stop_distance),
        _level(window, sign, target_distance),
        confidence,
        reason,
    )
    closed = Opinion(Action.CLOSE, leg.opposite, window.price, None, None, confidence, reason)
    return closed, opened


def _level(window: Window, sign: int, distance: float) -> Decimal:
    """Round to the nearest tick, at least one away from the price and at least one above zero."""
    ticks = (Decimal(repr(distance)) / window.tick).to_integral_value(ROUND_HALF_EVEN)
    level = window.price + sign * max(ticks, Decimal(1)) * window.tick
    on_tick = (level / window.tick).to_integral_value(ROUND_HALF_EVEN) * window.tick
    return max(on_tick, window.tick)
