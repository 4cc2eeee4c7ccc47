"""Why was something expected not done? Codes of refused signals, orders and tasks.

A refusal is an expected no: a value, stored with its numbers, never an exception. The ten rules of
the first system (§4.7) keep their meaning under the names `MIN_BALANCE` … `SYMBOL_BLOCKED`.
"""

from enum import StrEnum
from typing import Final


class Refusal(StrEnum):
    """A stable code; its meaning is in `MEANINGS`."""

    DUPLICATE_SIGNAL = "DUPLICATE_SIGNAL"
    SIGNAL_EXPIRED = "SIGNAL_EXPIRED"
    LOW_CONFIDENCE = "LOW_CONFIDENCE"
    COOL_DOWN = "COOL_DOWN"
    STRATEGY_NOT_RUNNING = "STRATEGY_NOT_RUNNING"
    STRATEGY_UNKNOWN = "STRATEGY_UNKNOWN"
    SYMBOL_UNKNOWN = "SYMBOL_UNKNOWN"
    TENANT_SUSPENDED = "TENANT_SUSPENDED"
    USER_DISABLED = "USER_DISABLED"
    ACCOUNT_NOT_READY = "ACCOUNT_NOT_READY"
    ACCOUNT_UNASSIGNED = "ACCOUNT_UNASSIGNED"
    NODE_OFFLINE = "NODE_OFFLINE"
    SUBSCRIPTION_CLOSED = "SUBSCRIPTION_CLOSED"
    NO_POINTS = "NO_POINTS"
    KILL_SWITCH = "KILL_SWITCH"
    OUTSIDE_SCHEDULE = "OUTSIDE_SCHEDULE"
    POSITION_OWNED = "POSITION_OWNED"
    SAME_SIDE_POSITION = "SAME_SIDE_POSITION"
    NO_POSITION = "NO_POSITION"
    ORDER_IN_FLIGHT = "ORDER_IN_FLIGHT"
    ORDER_UNKNOWN = "ORDER_UNKNOWN"
    CLOSE_IN_FLIGHT = "CLOSE_IN_FLIGHT"
    STALE_PRICE = "STALE_PRICE"
    MIN_CAPITAL = "MIN_CAPITAL"
    STOP_BEYOND_LIQUIDATION = "STOP_BEYOND_LIQUIDATION"
    BELOW_MIN_QUANTITY = "BELOW_MIN_QUANTITY"
    BELOW_MIN_NOTIONAL = "BELOW_MIN_NOTIONAL"
    MIN_BALANCE = "MIN_BALANCE"
    MAX_POSITIONS = "MAX_POSITIONS"
    MAX_POSITION_VALUE = "MAX_POSITION_VALUE"
    DAILY_TRADE_LIMIT = "DAILY_TRADE_LIMIT"
    WEEKLY_TRADE_LIMIT = "WEEKLY_TRADE_LIMIT"
    DAILY_LOSS_LIMIT = "DAILY_LOSS_LIMIT"
    CONSECUTIVE_LOSSES = "CONSECUTIVE_LOSSES"
    TRADE_COOL_DOWN = "TRADE_COOL_DOWN"
    SYMBOL_NOT_ALLOWED = "SYMBOL_NOT_ALLOWED"
    SYMBOL_BLOCKED = "SYMBOL_BLOCKED"
    TASK_EXPIRED = "TASK_EXPIRED"
    LEASE_ENDING = "LEASE_ENDING"
    EPOCH_STALE = "EPOCH_STALE"
    KEYS_MISSING = "KEYS_MISSING"
    NEVER_SENT = "NEVER_SENT"
    PROVED_ABSENT = "PROVED_ABSENT"
    VENUE_REJECTED = "VENUE_REJECTED"
    VENUE_UNREACHABLE = "VENUE_UNREACHABLE"
    POSITION_ALREADY_FLAT = "POSITION_ALREADY_FLAT"
    PREDECESSOR_FAILED = "PREDECESSOR_FAILED"
    UNPROCESSABLE = "UNPROCESSABLE"


MEANINGS: Final[dict[Refusal, str]] = {
    Refusal.DUPLICATE_SIGNAL: (
        "The signal was accepted before; its id is derived, so this is the same one."
    ),
    Refusal.SIGNAL_EXPIRED: "The signal is older than one timeframe of market time.",
    Refusal.LOW_CONFIDENCE: "The signal's confidence is below the strategy's minimum.",
    Refusal.COOL_DOWN: "The strategy opened on this symbol within its cool-down.",
    Refusal.STRATEGY_NOT_RUNNING: "The strategy is paused or stopped.",
    Refusal.STRATEGY_UNKNOWN: "The tenant has no strategy of this name and version.",
    Refusal.SYMBOL_UNKNOWN: (
        "The venue does not list the symbol, or the strategy does not trade it."
    ),
    Refusal.TENANT_SUSPENDED: "The tenant is suspended; only closing goes on.",
    Refusal.USER_DISABLED: "The user is disabled; only closing goes on.",
    Refusal.ACCOUNT_NOT_READY: "The exchange account is unbound, disabled or not yet checked.",
    Refusal.ACCOUNT_UNASSIGNED: "No execution node serves the exchange account.",
    Refusal.NODE_OFFLINE: "The execution node that holds the account's lease has stopped beating.",
    Refusal.SUBSCRIPTION_CLOSED: "The subscription is closed; only closing goes on.",
    Refusal.NO_POINTS: "The user has no point cards left; only closing goes on.",
    Refusal.KILL_SWITCH: "A kill switch is tripped; only closing goes on.",
    Refusal.OUTSIDE_SCHEDULE: (
        "The strategy's schedule has no window open at this time; only closing goes on."
    ),
    Refusal.POSITION_OWNED: "Another subscription owns the account's position in this instrument.",
    Refusal.SAME_SIDE_POSITION: "The subscription already holds a position on this side.",
    Refusal.NO_POSITION: "There is nothing to close.",
    Refusal.ORDER_IN_FLIGHT: "An opening order of this account and instrument is not yet finished.",
    Refusal.ORDER_UNKNOWN: (
        "An order of this account and instrument has an unproven outcome; openings are frozen."
    ),
    Refusal.CLOSE_IN_FLIGHT: "The position already has a closing order that is not finished.",
    Refusal.STALE_PRICE: "No fresh price of the instrument is known.",
    Refusal.MIN_CAPITAL: "The subscription's capital is below the strategy's minimum.",
    Refusal.STOP_BEYOND_LIQUIDATION: (
        "The stop lies beyond 80 % of the distance to liquidation at this leverage."
    ),
    Refusal.BELOW_MIN_QUANTITY: (
        "The quantity, rounded down to the venue's step, is below its minimum."
    ),
    Refusal.BELOW_MIN_NOTIONAL: "Quantity times price is below the venue's minimum notional.",
    Refusal.MIN_BALANCE: "The account's available balance is below the limit.",
    Refusal.MAX_POSITIONS: "The account holds as many open positions as allowed.",
    Refusal.MAX_POSITION_VALUE: "The position would be worth more than allowed.",
    Refusal.DAILY_TRADE_LIMIT: "The account has opened as many trades today as allowed.",
    Refusal.WEEKLY_TRADE_LIMIT: "The account has opened as many trades in seven days as allowed.",
    Refusal.DAILY_LOSS_LIMIT: "The account has lost as much today as allowed.",
    Refusal.CONSECUTIVE_LOSSES: "The account lost several trades in a row and rests for a while.",
    Refusal.TRADE_COOL_DOWN: "The account opened a trade within its cool-down.",
    Refusal.SYMBOL_NOT_ALLOWED: "The symbol is not on the strategy's list of allowed symbols.",
    Refusal.SYMBOL_BLOCKED: "The symbol is on the strategy's list of blocked symbols.",
    Refusal.TASK_EXPIRED: (
        "The opening task's validity ended before it was signed; nothing was sent."
    ),
    Refusal.LEASE_ENDING: "The member's lease ends before the request would; nothing was sent.",
    Refusal.EPOCH_STALE: "The account belongs to a newer lease; nothing was sent.",
    Refusal.KEYS_MISSING: "The member holds no keys of the account; nothing was sent.",
    Refusal.NEVER_SENT: "The connection failed before any byte was sent.",
    Refusal.PROVED_ABSENT: (
        "The venue's clock is past the signed expiry and look-ups found no order."
    ),
    Refusal.VENUE_REJECTED: "The venue refused the order with a definitive code.",
    Refusal.VENUE_UNREACHABLE: "The venue could not be reached.",
    Refusal.POSITION_ALREADY_FLAT: "The venue holds no position to close; nothing was sent.",
    Refusal.PREDECESSOR_FAILED: (
        "The order waited for another one that did not leave the position as needed."
    ),
    Refusal.UNPROCESSABLE: "The task could not be read by this node.",
}
