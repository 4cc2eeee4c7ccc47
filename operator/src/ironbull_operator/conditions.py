"""What do an object's conditions say after a look at it? Times change only with the status."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from ironbull_messages.statuses import Condition, ConditionStatus, ConditionType
from ironbull_operator.kinds import Object

MAX_MESSAGE: Final = 1_024
ACCEPTED: Final = "Accepted"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one look came to.

    Args:
        reason: one word for programs, in CamelCase.
        message: one sentence for people.
        is_stalled: nothing changes until somebody acts.
    """

    is_ready: bool
    reason: str
    message: str = ""
    is_stalled: bool = False


def ready(reason: str = "Ready", message: str = "") -> Verdict:
    """Everything is as the document says."""
    return Verdict(is_ready=True, reason=reason, message=message)


def waiting(reason: str, message: str) -> Verdict:
    """It will come by itself."""
    return Verdict(is_ready=False, reason=reason, message=message)


def stalled(reason: str, message: str) -> Verdict:
    """Somebody has to change something."""
    return Verdict(is_ready=False, reason=reason, message=message, is_stalled=True)


def accepted(generation: int) -> Verdict:
    """A newer document was seen, and nothing was asked or done for it yet."""
    return waiting(ACCEPTED, f"generation {generation} is being carried out")


def told(found: Object) -> Object | None:
    """Return what an object's status says of its newest generation; None: nothing yet."""
    for row in found.get("status", {}).get("conditions", ()):
        is_newest = row["observedGeneration"] == found["metadata"]["generation"]
        if row["type"] == ConditionType.READY and is_newest:
            shown: Object = row
            return shown
    return None


def reason_of(found: Object) -> str | None:
    """Return the reason that was told last of this generation; None: nothing was told of it."""
    row = told(found)
    return None if row is None else str(row["reason"])


def conditions(
    verdict: Verdict, generation: int, before: Sequence[Object], now: datetime
) -> list[Object]:
    """Return the conditions that a status shows; `Reconciling` and `Stalled` only when true."""
    claims = [(ConditionType.READY, verdict.is_ready)]
    if not verdict.is_ready:
        other = ConditionType.STALLED if verdict.is_stalled else ConditionType.RECONCILING
        claims.append((other, True))
    since = {(row["type"], row["status"]): row["lastTransitionTime"] for row in before}
    shown = []
    for kind, is_so in claims:
        status = ConditionStatus.TRUE if is_so else ConditionStatus.FALSE
        at = since.get((kind.value, status.value))
        condition = Condition(
            type=kind,
            status=status,
            reason=verdict.reason,
            message=verdict.message[:MAX_MESSAGE],
            observed_generation=generation,
            last_transition_time=now.astimezone(UTC).replace(microsecond=0)
            if at is None
            else datetime.fromisoformat(at),
        )
        shown.append(condition.model_dump(mode="json", by_alias=True))
    return shown
