"""What has every reconcile at hand, and how does it end? With a status that says how it is."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import ValidationError

from ironbull_messages.problems import Code, Problem
from ironbull_operator import figures
from ironbull_operator.authority import Authority
from ironbull_operator.centre import Centre
from ironbull_operator.conditions import Verdict, accepted, conditions, stalled, waiting
from ironbull_operator.desired.platform import Platform
from ironbull_operator.hostnames import Hostnames
from ironbull_operator.kinds import TENANT, Object, Ref
from ironbull_operator.kube import AwayError, ConflictError, Kube, RefusedError
from ironbull_operator.queue import Again, Gone, Outcome
from ironbull_operator.reconcile import telling

SOON: Final = timedelta(seconds=2)
"""After this a reconcile looks again at what it waits for, should no event tell it."""
SERVER_FAULT: Final = 500


@dataclass(frozen=True, slots=True)
class Hands:
    """The outside world.

    Args:
        wake: has another object looked at.
    """

    kube: Kube
    centre: Centre
    authority: Authority
    platform: Platform
    now: Callable[[], datetime]
    wake: Callable[[Ref], None]
    hostnames: Hostnames = field(default_factory=Hostnames)

    def forget(self, ref: Ref) -> None:
        """Keep nothing in mind of an object that is gone."""
        self.centre.forget(ref)
        if ref.kind == TENANT:
            self.authority.forget_tenant(ref.name)
            for other in self.hostnames.forget(ref.name):
                self.wake(Ref(TENANT, other))


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at an object came to.

    Args:
        status: fields beside generation and conditions, as the API spells them.
        wakes: who reads this status, and looks again once it is written.
        again: after which time to look again though nothing is amiss; None: at the next resync.
    """

    verdict: Verdict
    status: dict[str, Any]
    wakes: tuple[Ref, ...] = ()
    again: timedelta | None = None


Work = Callable[[Object], Awaitable[Look | Gone]]
"""`Gone`: its last work is done, and its status is nobody's concern."""


async def look(hands: Hands, ref: Ref, work: Work) -> Outcome:
    """Bring an object to its wanted state and tell in its status how far that came."""
    found = await hands.kube.get(ref)
    if found is None:
        hands.forget(ref)
        return Gone()
    before = found.get("status", {}).get("conditions", ())
    if _is_changed(found):
        found = await _accept(hands, found)
    seen = await _try(found, work)
    if isinstance(seen, Gone):
        return seen
    await _tell(hands, found, seen, before)
    for other in seen.wakes:
        hands.wake(other)
    figures.RECONCILES.labels(ref.kind.name, _result(seen.verdict)).inc()
    return Again(seen.again if seen.verdict.is_ready or seen.verdict.is_stalled else SOON)


def _is_changed(found: Object) -> bool:
    """Tell whether a document was edited since it was told of; a new one, or an end, is none."""
    generation = found.get("status", {}).get("observedGeneration")
    is_ending = "deletionTimestamp" in found["metadata"]
    return not is_ending and generation not in {None, found["metadata"]["generation"]}


async def _accept(hands: Hands, found: Object) -> Object:
    """Tell at once that a newer document was seen, so that no older word counts for it.

    Whoever is asked for it outside of the cluster may take long, or be away.
    """
    verdict = accepted(found["metadata"]["generation"])
    return await _write(hands, found, _status(hands, found, verdict, {}))


async def _try(found: Object, work: Work) -> Look | Gone:
    """Do the work; what stood in its way is a verdict too."""
    try:
        return await work(found)
    except Problem as problem:
        return Look(refusal(problem), {})
    except RefusedError as error:
        return Look(stalled("ClusterRefuses", str(error)), {})
    except (AwayError, ConflictError) as error:
        return Look(waiting("ClusterAway", str(error)), {})
    except ConnectionError as error:
        return Look(waiting("PlatformAway", str(error)), {})
    except ValidationError as error:
        return Look(stalled("DocumentInvalid", _first(error)), {})


def refusal(problem: Problem) -> Verdict:
    """Return what a refusal of the platform comes to."""
    if problem.row.status >= SERVER_FAULT:
        return waiting("PlatformAway", problem.detail)
    if problem.code in {Code.TOKEN_WRONG, Code.TOKEN_MISSING}:
        return waiting("PlatformRefusesOperator", f"{problem.detail}. {problem.row.way_out}")
    if problem.code is Code.NO_TENANT:
        return waiting("NoTenant", "the platform does not know the tenant yet")
    return stalled(_word(problem), _explain(problem))


async def _tell(hands: Hands, found: Object, seen: Look, before: Sequence[Object]) -> None:
    """Write the status when it changed, with an Event when its reason did.

    Args:
        before: the conditions before this look.
    """
    status = _status(hands, found, seen.verdict, seen.status)
    if status == found.get("status", {}):
        return
    await _write(hands, found, status)
    await telling.tell(hands.kube, found, before, seen.verdict, hands.now())


def _status(hands: Hands, found: Object, verdict: Verdict, fields: dict[str, Any]) -> Object:
    """Return a status; what this look did not learn stays as it was."""
    before: Object = found.get("status", {})
    generation = found["metadata"]["generation"]
    return {
        **before,
        **fields,
        "observedGeneration": generation,
        "conditions": conditions(verdict, generation, before.get("conditions", ()), hands.now()),
    }


async def _write(hands: Hands, found: Object, status: Object) -> Object:
    metadata = {"name": found["metadata"]["name"]}
    if "namespace" in found["metadata"]:
        metadata["namespace"] = found["metadata"]["namespace"]
    return await hands.kube.apply_status(
        {
            "apiVersion": found["apiVersion"],
            "kind": found["kind"],
            "metadata": metadata,
            "status": status,
        }
    )


def _result(verdict: Verdict) -> str:
    if verdict.is_ready:
        return "success"
    return "error" if verdict.is_stalled else "requeue"


def _word(problem: Problem) -> str:
    """Return a problem's code as a reason: `strategy_parameter_invalid` in CamelCase."""
    return "".join(part.capitalize() for part in problem.code.value.split("_"))


def _explain(problem: Problem) -> str:
    wrong = "; ".join(f"{error.field}: {error.message}" for error in problem.errors)
    return f"{wrong or problem.detail}. {problem.row.way_out}"


def _first(error: ValidationError) -> str:
    row = error.errors(include_input=True)[0]
    place = ".".join(str(part) for part in row["loc"])
    return f"spec.{place}: {row['msg']}, not {row['input']!r}"
