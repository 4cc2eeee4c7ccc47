"""How much of its budget has a caller used? Told in headers, as the venue does; nothing is refused.

A new order weighs nothing and counts for its account, as on the venue; any other request weighs 1.
The limits are a hundred times the venue's, so that one address can load the exchange for many
accounts. Limits that refuse (429, 418) are a fault to be added.
"""

from collections import Counter

MINUTE_MS = 60_000
WEIGHT_PER_MINUTE = 240_000
ORDERS_PER_MINUTE = 120_000
WEIGHT_HEADER = "X-MBX-USED-WEIGHT-1M"
ORDERS_HEADER = "X-MBX-ORDER-COUNT-1M"


class UsedWeight:
    """Count requests per address and orders per account in the current minute."""

    def __init__(self) -> None:
        self._minute = 0
        self._used: Counter[tuple[str, str]] = Counter()

    def request(self, address: str, now_ms: int) -> dict[str, str]:
        """Count a request and return its header."""
        return {WEIGHT_HEADER: str(self._count((WEIGHT_HEADER, address), now_ms))}

    def order(self, account: str, now_ms: int) -> dict[str, str]:
        """Count an order and return its header."""
        return {ORDERS_HEADER: str(self._count((ORDERS_HEADER, account), now_ms))}

    def _count(self, what: tuple[str, str], now_ms: int) -> int:
        minute = now_ms // MINUTE_MS
        if minute != self._minute:
            self._minute = minute
            self._used.clear()
        self._used[what] += 1
        return self._used[what]
