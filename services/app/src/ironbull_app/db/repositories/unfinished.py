"""Which orders may still change a position? One definition, for statements that see orders as `o`.

An order is over when its state is final *and* its trades are booked: a node tells that the venue
filled it before it can read the trades, and in between there is neither a live order nor a
position. The two conditions have an index each (`orders_live`, `orders_missing`).
"""

from typing import Final

MAX_LATE_SECONDS: Final = 60
"""How long the trades of an order may come late before a close goes on without them."""

FINAL: Final = "('filled', 'cancelled', 'rejected', 'expired', 'denied', 'not_sent')"
LIVE: Final = f"o.state NOT IN {FINAL}"
"""The state may still change."""
MISSING: Final = "o.filled_quantity > o.booked_quantity"
"""Trades are not booked that the venue has told of."""
LATE: Final = f"({MISSING} AND o.updated_at > now() - interval '{MAX_LATE_SECONDS} seconds')"
"""They may still come. `updated_at` is of the last change, however often an order is told."""
UNFINISHED: Final = f"({LIVE} OR {MISSING} AND (o.action IN ('OPEN', 'ADD') OR {LATE}))"
"""Openings count without end: nobody opens beside what may be there. Closes count for a while:
closing never waits for what may not come."""
