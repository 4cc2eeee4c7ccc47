"""How does Binance say no?"""

from ironbull_paper.matching.words import Refusal, RefusedError

BAD_REQUEST = 400
UNAUTHORIZED = 401
NOT_FOUND = 404


class BinanceError(Exception):
    """Answer with Binance's error body `{code, msg}`."""

    def __init__(self, code: int, message: str, status: int = BAD_REQUEST) -> None:
        super().__init__(f"{code} {message}")
        self.code = code
        self.message = message
        self.status = status

    def body(self) -> dict[str, object]:
        """Return the body of the answer."""
        return {"code": self.code, "msg": self.message}


REFUSALS: dict[Refusal, tuple[int, str]] = {
    Refusal.UNKNOWN_SYMBOL: (-1121, "Invalid symbol."),
    Refusal.UNKNOWN_ORDER: (-2013, "Order does not exist."),
    Refusal.NOTHING_TO_CANCEL: (-2011, "Unknown order sent."),
    Refusal.DUPLICATE_CLIENT_ID: (-4116, "ClientOrderId is duplicated."),
    Refusal.QUANTITY_NOT_POSITIVE: (-4003, "Quantity less than or equal to zero."),
    Refusal.QUANTITY_TOO_SMALL: (-4004, "Quantity less than min quantity."),
    Refusal.QUANTITY_TOO_LARGE: (-4005, "Quantity greater than max quantity."),
    Refusal.QUANTITY_PRECISION: (-1111, "Precision is over the maximum defined for this asset."),
    Refusal.PRICE_NOT_POSITIVE: (-4001, "Price less than 0."),
    Refusal.PRICE_PRECISION: (-1111, "Precision is over the maximum defined for this asset."),
    Refusal.PRICE_TOO_HIGH: (-4016, "Limit price can't be higher than {}."),
    Refusal.PRICE_TOO_LOW: (-4024, "Limit price can't be lower than {}."),
    Refusal.NOTIONAL_TOO_SMALL: (
        -4164,
        "Order's notional must be no smaller than {} (unless you choose reduce only).",
    ),
    Refusal.TOO_MANY_OPEN_ORDERS: (-2025, "Reach max open order limit."),
    Refusal.MARGIN_INSUFFICIENT: (-2019, "Margin is insufficient."),
    Refusal.BALANCE_INSUFFICIENT: (-2018, "Balance is insufficient."),
    Refusal.BRACKET_EXCEEDED: (
        -2027,
        "Exceeded the maximum allowable position at current leverage.",
    ),
    Refusal.REDUCE_ONLY_REJECTED: (-2022, "ReduceOnly Order is rejected."),
    Refusal.POSITION_SIDE_MISMATCH: (
        -4061,
        "Order's position side does not match user's setting.",
    ),
    Refusal.FILL_OR_KILL_REJECTED: (
        -5021,
        "Due to the order could not be filled immediately, the FOK order has been rejected.",
    ),
    Refusal.POST_ONLY_REJECTED: (
        -5022,
        "Due to the order could not be executed as maker, the Post Only order will be rejected.",
    ),
    Refusal.LEVERAGE_INVALID: (-4028, "Leverage {} is not valid"),
    Refusal.LEVERAGE_ABOVE_BRACKET: (
        -2028,
        "Leverage is smaller than permitted: insufficient margin balance.",
    ),
    Refusal.SAME_MARGIN_TYPE: (-4046, "No need to change margin type."),
    Refusal.MARGIN_TYPE_WITH_ORDERS: (
        -4047,
        "Margin type cannot be changed if there exists open orders.",
    ),
    Refusal.MARGIN_TYPE_WITH_POSITION: (
        -4048,
        "Margin type cannot be changed if there exists position.",
    ),
    Refusal.SAME_POSITION_MODE: (-4059, "No need to change position side."),
    Refusal.POSITION_MODE_WITH_ORDERS: (
        -4067,
        "Position side cannot be changed if there exists open orders.",
    ),
    Refusal.POSITION_MODE_WITH_POSITION: (
        -4068,
        "Position side cannot be changed if there exists position.",
    ),
}


def error_of(refused: RefusedError) -> BinanceError:
    """Return Binance's words for a refusal."""
    code, message = REFUSALS[refused.refusal]
    return BinanceError(code, message.format(refused.detail))
