"""What must fit together in the parts of a pool's document, and which of them stay?"""

from typing import TYPE_CHECKING, Final

from ironbull_messages.quantities import fits
from ironbull_messages.rules.rule import ChangeRule, Rules, Shown, StateRule
from ironbull_messages.rules.shapes import none_found

if TYPE_CHECKING:
    from ironbull_messages.resources.execution_node import ExecutionNodeSpec
    from ironbull_messages.resources.pool_parts import Autoscaling, Location, Resources

HAND_BACK_SECONDS: Final = 5
"""A drained member needs this long to tell its last results and hand its accounts back."""
DEFAULT_SIZE: Final = "1Gi"
_IN_PODS_ALONE: Final = (
    "image",
    "resources",
    "storage",
    "terminationGracePeriodSeconds",
    "autoscaling",
)
_SIZE: Final = f"(has({{0}}.storage) ? {{0}}.storage.size : '{DEFAULT_SIZE}')"
_CLASS: Final = (
    "(has({0}.storage) && has({0}.storage.className) ? {0}.storage.className : 'the default')"
)


def _drains_in_time(spec: "ExecutionNodeSpec") -> bool:
    grace = spec.termination_grace_period_seconds
    return grace is None or spec.drain_timeout_seconds + HAND_BACK_SECONDS <= grace


def _set_in_vain(spec: "ExecutionNodeSpec") -> list[str]:
    """Return what only pods of the operator have and a remote pool sets."""
    if spec.location.remote is None:
        return []
    given = (
        spec.image,
        spec.resources,
        spec.storage,
        spec.termination_grace_period_seconds,
        spec.autoscaling,
    )
    names = [name for name, value in zip(_IN_PODS_ALONE, given, strict=True) if value is not None]
    return names + (["updatePolicy"] if spec.update_policy.value != "Manual" else [])


def _in_vain_in_cel() -> str:
    fields = [f"has(self.{name}) ? '{name}' : ''" for name in _IN_PODS_ALONE]
    fields.append("self.updatePolicy != 'Manual' ? 'updatePolicy' : ''")
    return f"(has(self.location.remote) ? [{', '.join(fields)}].filter(f, f != '') : [])"


def _is_one(location: "Location") -> bool:
    return (location.in_cluster is None) != (location.remote is None)


def _stays(new: "Location", old: "Location") -> bool:
    return (new.remote is None) == (old.remote is None)


def _size(spec: "ExecutionNodeSpec") -> str:
    return DEFAULT_SIZE if spec.storage is None else spec.storage.size


def _class(spec: "ExecutionNodeSpec") -> str:
    named = None if spec.storage is None else spec.storage.class_name
    return named or "the default"


def _cpu_fits(resources: "Resources") -> bool:
    return fits(resources.requests.cpu, resources.limits.cpu)


def _memory_fits(resources: "Resources") -> bool:
    return fits(resources.requests.memory, resources.limits.memory)


def _in_order(autoscaling: "Autoscaling") -> bool:
    return autoscaling.min_replicas <= autoscaling.max_replicas


def _request_rule(name: str, what: str) -> StateRule["Resources"]:
    return StateRule(
        name,
        "spec.resources",
        f"requests.{what}",
        f"!has(self.requests.{what}) || !has(self.limits.{what}) || quantity(self.requests.{what})"
        f".compareTo(quantity(self.limits.{what})) <= 0",
        f"requests.{what} {{requests.{what}}} must be at most limits.{what} {{limits.{what}}}",
        kept=_cpu_fits if what == "cpu" else _memory_fits,
    )


def _storage_rule(name: str, field: str, was: str, becomes: str) -> ChangeRule["ExecutionNodeSpec"]:
    read = _size if field == "size" else _class
    return ChangeRule(
        name,
        "spec",
        f"storage.{field}",
        f"{becomes} == {was}",
        f"storage.{field} {{was}} cannot become {{becomes}}, since the members' journals lie on"
        " these volumes: make an ExecutionNode with another name",
        shows={
            "was": Shown(was, lambda _, old: "" if old is None else read(old)),
            "becomes": Shown(becomes, lambda new, _: read(new)),
        },
        kept=lambda new, old: read(new) == read(old),
        is_lasting=True,
    )


POOL_FIELD_RULES: Final[Rules] = (
    StateRule(
        "pool-drain-within-grace",
        "spec",
        "terminationGracePeriodSeconds",
        "!has(self.terminationGracePeriodSeconds) || self.drainTimeoutSeconds +"
        f" {HAND_BACK_SECONDS} <= self.terminationGracePeriodSeconds",
        "terminationGracePeriodSeconds {terminationGracePeriodSeconds} must be at least"
        f" drainTimeoutSeconds {{drainTimeoutSeconds}} and {HAND_BACK_SECONDS} more, so that a"
        " member hands its accounts back before it is killed: raise it, or leave it out",
        kept=_drains_in_time,
    ),
    StateRule(
        "pool-location-one",
        "spec.location",
        "inCluster",
        "has(self.inCluster) != has(self.remote)",
        "exactly one of location.inCluster and location.remote must be there: take the other out",
        kept=_is_one,
    ),
    ChangeRule(
        "pool-location-fixed",
        "spec.location",
        "remote",
        "has(self.remote) == has(oldSelf.remote)",
        "location cannot change, since the members keep their journals where they are: make an"
        " ExecutionNode with another name",
        kept=_stays,
        is_lasting=True,
    ),
    none_found(
        "pool-remote-has-no-pods",
        "spec",
        "location.remote",
        _in_vain_in_cel(),
        "{found} is for pods, which a remote pool does not have: take it out",
        find=_set_in_vain,
    ),
    _request_rule("pool-cpu-request-within-limit", "cpu"),
    _request_rule("pool-memory-request-within-limit", "memory"),
    _storage_rule("pool-storage-size-fixed", "size", _SIZE.format("oldSelf"), _SIZE.format("self")),
    _storage_rule(
        "pool-storage-class-fixed", "className", _CLASS.format("oldSelf"), _CLASS.format("self")
    ),
    StateRule(
        "pool-autoscaling-in-order",
        "spec.autoscaling",
        "minReplicas",
        "self.minReplicas <= self.maxReplicas",
        "minReplicas {minReplicas} must be at most maxReplicas {maxReplicas}",
        kept=_in_order,
    ),
)
