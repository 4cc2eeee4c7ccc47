"""What stands in the way of a tenant's end, and how is it said? Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ironbull_operator.kinds import Object

FORCE: Final = "ironbull.io/force-delete"
"""Annotation: the name of the object whose open positions and orders are given up."""
MAX_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Left:
    """What of a tenant is not over.

    Args:
        orders: without a final outcome, unknown ones among them.
        rows: the oldest few: account_id, label, symbol, what.
    """

    positions: int
    orders: int
    unknown: int
    rows: Sequence[Mapping[str, Any]]

    @property
    def is_nothing(self) -> bool:
        """Whether all is over."""
        return not self.positions and not self.orders

    @property
    def needs_somebody(self) -> bool:
        """Whether it does not end by itself soon: a position, or an order of unknown outcome."""
        return bool(self.positions or self.unknown)


def left(answer: Mapping[str, Any]) -> Left:
    """Read what the platform says."""
    return Left(answer["positions"], answer["orders"], answer["unknown"], answer["rows"])


def is_forced(found: Object) -> bool:
    """Tell whether somebody gave up, by the object's own name, what is open of it."""
    metadata = found["metadata"]
    return bool(metadata.get("annotations", {}).get(FORCE) == metadata["name"])


def status(found: Left, *, is_done: bool) -> Object:
    """Return what the status says of it."""
    return {
        "drain": {
            "openPositions": found.positions,
            "unresolvedOrders": found.orders,
            "isDone": is_done,
        }
    }


def counted(found: Left) -> str:
    """Say how much is open, and name the first of it."""
    named = "; ".join(_named(row) for row in found.rows[:MAX_NAMED])
    more = found.positions + found.orders - min(len(found.rows), MAX_NAMED)
    rest = f"; and {more} more" if more > 0 else ""
    counts = [(found.positions, "position"), (found.orders, "order")]
    many = " and ".join(f"{n} {what}{'' if n == 1 else 's'}" for n, what in counts if n)
    verb = "is" if found.positions + found.orders == 1 else "are"
    return f"{many} {verb} open: {named}{rest}"


def way_out() -> str:
    """Say what to do about it."""
    return (
        "Stops and closes go on; close positions at the venue, and look up there what became of "
        "unknown orders"
    )


def give_up(kind: str, name: str) -> str:
    """Say how what is open is given up."""
    return f"To give it up: kubectl annotate {kind} {name} {FORCE}={name}"


def _named(row: Mapping[str, Any]) -> str:
    label = f" ({row['label']})" if row["label"] else ""
    return f"{row['what']} in {row['symbol']} of account {row['account_id']}{label}"
