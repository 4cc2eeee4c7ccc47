"""Which words do orders, positions and refusals use?"""

from enum import StrEnum


class Side(StrEnum):
    """Say which way an order trades."""

    BUY = "BUY"
    SELL = "SELL"

    @property
    def sign(self) -> int:
        """Return +1 for a buy, -1 for a sell."""
        return 1 if self is Side.BUY else -1


class OrderType(StrEnum):
    """Say whether an order has a price of its own."""

    MARKET = "MARKET"
    LIMIT = "LIMIT"


class TimeInForce(StrEnum):
    """Say what happens to what does not fill at once; GTX is "post only"."""

    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"
    GTX = "GTX"


class OrderStatus(StrEnum):
    """Say how far an order is."""

    NEW = "NEW"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"


class PositionSide(StrEnum):
    """Say which position an order moves: the only one (one-way mode), or the long or short one."""

    BOTH = "BOTH"
    LONG = "LONG"
    SHORT = "SHORT"


class MarginType(StrEnum):
    """Say whether a position shares the account's margin or has its own."""

    CROSSED = "CROSSED"
    ISOLATED = "ISOLATED"


class Permission(StrEnum):
    """Say what an account's key may do."""

    READ = "read"
    TRADE = "trade"
    WITHDRAW = "withdraw"


class Refusal(StrEnum):
    """Say why an exchange refuses a command; a dialect gives each its venue's code."""

    UNKNOWN_SYMBOL = "UNKNOWN_SYMBOL"
    UNKNOWN_ORDER = "UNKNOWN_ORDER"
    NOTHING_TO_CANCEL = "NOTHING_TO_CANCEL"
    DUPLICATE_CLIENT_ID = "DUPLICATE_CLIENT_ID"
    QUANTITY_NOT_POSITIVE = "QUANTITY_NOT_POSITIVE"
    QUANTITY_TOO_SMALL = "QUANTITY_TOO_SMALL"
    QUANTITY_TOO_LARGE = "QUANTITY_TOO_LARGE"
    QUANTITY_PRECISION = "QUANTITY_PRECISION"
    PRICE_NOT_POSITIVE = "PRICE_NOT_POSITIVE"
    PRICE_PRECISION = "PRICE_PRECISION"
    PRICE_TOO_HIGH = "PRICE_TOO_HIGH"
    PRICE_TOO_LOW = "PRICE_TOO_LOW"
    NOTIONAL_TOO_SMALL = "NOTIONAL_TOO_SMALL"
    TOO_MANY_OPEN_ORDERS = "TOO_MANY_OPEN_ORDERS"
    MARGIN_INSUFFICIENT = "MARGIN_INSUFFICIENT"
    BALANCE_INSUFFICIENT = "BALANCE_INSUFFICIENT"
    BRACKET_EXCEEDED = "BRACKET_EXCEEDED"
    REDUCE_ONLY_REJECTED = "REDUCE_ONLY_REJECTED"
    POSITION_SIDE_MISMATCH = "POSITION_SIDE_MISMATCH"
    FILL_OR_KILL_REJECTED = "FILL_OR_KILL_REJECTED"
    POST_ONLY_REJECTED = "POST_ONLY_REJECTED"
    LEVERAGE_INVALID = "LEVERAGE_INVALID"
    LEVERAGE_ABOVE_BRACKET = "LEVERAGE_ABOVE_BRACKET"
    SAME_MARGIN_TYPE = "SAME_MARGIN_TYPE"
    MARGIN_TYPE_WITH_POSITION = "MARGIN_TYPE_WITH_POSITION"
    MARGIN_TYPE_WITH_ORDERS = "MARGIN_TYPE_WITH_ORDERS"
    SAME_POSITION_MODE = "SAME_POSITION_MODE"
    POSITION_MODE_WITH_POSITION = "POSITION_MODE_WITH_POSITION"
    POSITION_MODE_WITH_ORDERS = "POSITION_MODE_WITH_ORDERS"


class RefusedError(Exception):
    """Report that a command was refused and has changed nothing."""

    def __init__(self, refusal: Refusal, detail: str = "") -> None:
        super().__init__(f"{refusal} {detail}".strip())
        self.refusal = refusal
        self.detail = detail
