"""Which requests does the exchange spoil on purpose, and how?

A rule names a kind of fault, a class of endpoints, perhaps an account, a probability and a count.
To add a kind: one word in `FaultKind`, its phase in `PHASES`, and what it does in the dialects'
shared pipeline (`dialects/pipeline.py`).
"""

import json
import random
from collections import Counter
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TypeVar

from ironbull_paper.matching.records import FaultFired, FaultRuleRemoved, FaultRuleSet, Record

_W = TypeVar("_W", bound=StrEnum)

MAX_RULES = 100
MAX_SECONDS = 600.0


class FaultKind(StrEnum):
    """Name what goes wrong."""

    RESET_BEFORE_ACCEPT = "reset_before_accept"
    DELAY_BEFORE_ACCEPT = "delay_before_accept"
    READ_LAG = "read_lag"
    DELAY_AFTER_ACCEPT = "delay_after_accept"
    LOST_RESPONSE = "lost_response"
    SERVER_ERROR_AFTER_ACCEPT = "server_error_after_accept"
    BROKEN_BODY = "broken_body"


class Phase(StrEnum):
    """Say when a fault strikes: before the command, in what it sees, or in its answer."""

    BEFORE = "before"
    VIEW = "view"
    AFTER = "after"


PHASES = {
    FaultKind.RESET_BEFORE_ACCEPT: Phase.BEFORE,
    FaultKind.DELAY_BEFORE_ACCEPT: Phase.BEFORE,
    FaultKind.READ_LAG: Phase.VIEW,
    FaultKind.DELAY_AFTER_ACCEPT: Phase.AFTER,
    FaultKind.LOST_RESPONSE: Phase.AFTER,
    FaultKind.SERVER_ERROR_AFTER_ACCEPT: Phase.AFTER,
    FaultKind.BROKEN_BODY: Phase.AFTER,
}


class Endpoint(StrEnum):
    """Name a class of endpoints; `any` in a rule means all of them."""

    ORDER = "order"
    CANCEL = "cancel"
    LOOKUP = "lookup"
    ACCOUNT = "account"
    SETTING = "setting"
    MARKET = "market"
    ANY = "any"


class BodyStyle(StrEnum):
    """Say how the body of an answer is broken."""

    EMPTY = "empty"
    HTML = "html"
    TRUNCATED = "truncated"
    NO_ORDER_ID = "no_order_id"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class FaultRule:
    """Order a fault.

    Args:
        count: the fault strikes at most so often; None means without end.
        account: label of the only account it strikes; empty means all.
        seconds: length of a delay or lag; for a lost response how long it hangs before it is cut.
        status: the HTTP status of a server error.
        body: how a body is broken; `mixed` takes the styles in turn.
    """

    rule_id: int
    kind: FaultKind
    endpoint: Endpoint = Endpoint.ANY
    probability: float = 1.0
    count: int | None = None
    account: str = ""
    seconds: float = 0.0
    status: int = 502
    body: BodyStyle = BodyStyle.MIXED
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse values that mean nothing."""
        if not 0 <= self.probability <= 1:
            raise ValueError(f"probability {self.probability} is not within 0 … 1")
        if not 0 <= self.seconds <= MAX_SECONDS:
            raise ValueError(f"seconds {self.seconds} is not within 0 … {MAX_SECONDS}")
        if self.count is not None and self.count < 1:
            raise ValueError(f"count {self.count} is not at least 1")
        if not 500 <= self.status <= 599:
            raise ValueError(f"status {self.status} is not within 500 … 599")

    def matches(self, endpoint: Endpoint, account: str) -> bool:
        """Say whether the rule is about a request."""
        return self.endpoint in {Endpoint.ANY, endpoint} and self.account in {"", account}


@dataclass(slots=True)
class _Armed:
    """Keep a rule with its dice and how often it has struck."""

    rule: FaultRule
    dice: random.Random
    fired: int = 0

    @property
    def is_spent(self) -> bool:
        return self.rule.count is not None and self.fired >= self.rule.count


@dataclass(slots=True)
class Faults:
    """Keep the rules in force and count what they did."""

    armed: dict[int, _Armed] = field(default_factory=dict)
    fired: Counter[str] = field(default_factory=Counter)
    next_rule_id: int = 1

    def apply(self, record: Record) -> None:
        """Make true what a record says about faults; others are ignored."""
        match record:
            case FaultRuleSet():
                rule = rule_of(json.loads(record.rule), record.rule_id)
                dice = random.Random(f"{rule.seed}/{rule.rule_id}")  # noqa: S311 - seeded faults
                self.armed[rule.rule_id] = _Armed(rule, dice)
                self.next_rule_id = max(self.next_rule_id, rule.rule_id + 1)
            case FaultRuleRemoved():
                self.armed.pop(record.rule_id, None)
            case FaultFired():
                self.fired[f"{record.fault}.{record.endpoint}"] += 1
                if record.rule_id in self.armed:
                    self.armed[record.rule_id].fired += 1
            case _:
                pass

    def draw(self, endpoint: Endpoint, account: str) -> list[FaultRule]:
        """Return the rules that strike a request, at most one per phase but all delays."""
        struck: list[FaultRule] = []
        taken: set[Phase] = set()
        for armed in self.armed.values():
            rule = armed.rule
            if not rule.matches(endpoint, account) or armed.dice.random() >= rule.probability:
                continue
            is_delay = rule.kind is FaultKind.DELAY_BEFORE_ACCEPT
            if armed.is_spent or (PHASES[rule.kind] in taken and not is_delay):
                continue
            if not is_delay:
                taken.add(PHASES[rule.kind])
            struck.append(rule)
        return struck

    def has_shots(self, rule: FaultRule) -> bool:
        """Say whether a drawn rule may still strike."""
        armed = self.armed.get(rule.rule_id)
        return armed is not None and not armed.is_spent

    def times(self, rule: FaultRule) -> int:
        """Return how often a rule has struck."""
        armed = self.armed.get(rule.rule_id)
        return 0 if armed is None else armed.fired

    def shown(self) -> dict[str, object]:
        """Return rules and counters as the API shows them."""
        rules = [{**asdict(a.rule), "fired": a.fired} for a in self.armed.values()]
        return {"rules": rules, "fired": dict(sorted(self.fired.items()))}


def rule_of(found: dict[str, object], rule_id: int) -> FaultRule:
    """Return the rule that a JSON object orders.

    Raises:
        ValueError: an unknown field, a word that is none, a number out of range.
    """
    known = {name for name in FaultRule.__dataclass_fields__ if name != "rule_id"}
    strange = set(found) - known - {"rule_id"}
    if strange:
        raise ValueError(f"unknown fields {sorted(strange)}; known are {sorted(known)}")
    count = found.get("count")
    return FaultRule(
        rule_id=rule_id,
        kind=_word(found, "kind", FaultKind, ""),
        endpoint=_word(found, "endpoint", Endpoint, Endpoint.ANY),
        probability=_number(found, "probability", 1.0),
        count=None if count is None else int(_number(found, "count", 1)),
        account=str(found.get("account") or ""),
        seconds=_number(found, "seconds", 0.0),
        status=int(_number(found, "status", 502)),
        body=_word(found, "body", BodyStyle, BodyStyle.MIXED),
        seed=int(_number(found, "seed", 0)),
    )


def rule_json(rule: FaultRule) -> str:
    """Return the rule as the journal keeps it."""
    return json.dumps(asdict(rule))


def _word(found: dict[str, object], name: str, words: type[_W], default: str) -> _W:
    value = found.get(name, default)
    known = [word.value for word in words]
    if value not in known:
        raise ValueError(f"{name} {value!r} is none of {known}")
    return words(value)


def _number(found: dict[str, object], name: str, default: float) -> float:
    value = found.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{name} {value!r} is not a number")  # noqa: TRY004 - one kind for all bad rules
    return value
