"""Has a stop been crossed? Equality triggers, the stop-loss first (first-system §4.8)."""

from decimal import Decimal

from ironbull_messages.words import CloseReason, Leg


def crossed(
    leg: Leg, stop_loss: Decimal | None, take_profit: Decimal | None, price: Decimal
) -> CloseReason | None:
    """Return why the position must close at this price; None: it need not."""
    sign = 1 if leg is Leg.LONG else -1
    if stop_loss is not None and (price - stop_loss) * sign <= 0:
        return CloseReason.STOP_LOSS
    if take_profit is not None and (price - take_profit) * sign >= 0:
        return CloseReason.TAKE_PROFIT
    return None
