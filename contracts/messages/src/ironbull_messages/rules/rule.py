"""What is a rule between fields, or between two states of a document, said once for all readers?

A rule has a CEL text, which the Kubernetes API asks, and a Python predicate, which the platform
asks wherever it reads a document. Both see the same node and say the same message.
"""

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, Generic, TypeVar

from pydantic import BaseModel
from pydantic.alias_generators import to_snake

from ironbull_messages.amounts import format_amount

Node = TypeVar("Node", bound=BaseModel)
"""The model of the object that a rule stands at."""

MAX_PATHS: Final = 256
"""Paths in all rules together; each is split into attributes once."""
_HOLE: Final = re.compile(r"\{([^}]+)\}")


@dataclass(frozen=True)
class Shown(Generic[Node]):
    """A value in a message that is no field as it stands.

    Args:
        cel: a text or a number, in CEL.
        read: the same text, of the new node and the old one (None: there is none).
    """

    cel: str
    read: Callable[[Node, Node | None], str]


@dataclass(frozen=True)
class _Rule(Generic[Node]):
    """What every rule has.

    Args:
        id: stable; it names the kind first, as `strategy-weekly-covers-daily`.
        place: of the object that is `self`, as `spec.risk`; where it is absent the rule is silent.
        field: the one of its fields that the message is about, on the wire, as `weeklyTradeLimit`.
        cel: true where the rule is kept.
        says: the message: what is wrong, with the values, and the way out. `{capitalUsdt}` is a
            field of `self`, `{old.venue}` one of `oldSelf`, `{symbols[]}` a list, `{venues[].name}`
            one field of its items, and any other word a key of `shows`.
        shows: values that are no fields.
        is_bound: it bounds one value; no relation of several.
        is_lasting: of a change: it may be asked of two documents between which others were. What
            looks at a state in between may not: the platform hears of the last of several changes.
        once_taken: of a change: it begins when the platform has taken the old document. Until then
            a mistake is mended by the right document.
    """

    id: str
    place: str
    field: str
    cel: str
    says: str
    shows: Mapping[str, Shown[Node]] = dataclasses.field(default_factory=dict, kw_only=True)
    is_bound: bool = dataclasses.field(default=False, kw_only=True)
    is_lasting: bool = dataclasses.field(default=False, kw_only=True)
    once_taken: bool = dataclasses.field(default=False, kw_only=True)

    def message(self, new: Node, old: Node | None) -> str:
        """Return what a person reads, as the Kubernetes API says it."""
        return _HOLE.sub(lambda hole: self._value(hole[1], new, old), self.says)

    def message_in_cel(self) -> str | None:
        """Return the message as an expression; None: it holds no value.

        It is one `format`: the API knows no bound of a concatenated number, and refuses the cost.
        """
        text, *rest = _HOLE.split(self.says)
        if not rest:
            return None
        holes, texts = rest[::2], [text, *rest[1::2]]
        shape = "%s".join(one.replace("%", "%%") for one in texts)
        return f"{_quoted(shape)}.format([{', '.join(self._term(hole) for hole in holes)}])"

    def message_without_values(self) -> str:
        """Return the message with the names of its values instead of them."""
        return _HOLE.sub(lambda hole: f"<{hole[1].removesuffix('[]')}>", self.says)

    def _value(self, hole: str, new: Node, old: Node | None) -> str:
        if hole in self.shows:
            return self.shows[hole].read(new, old)
        start: Any = new
        if hole.startswith("old."):
            start, hole = old, hole.removeprefix("old.")
        path, is_list, item = hole.partition("[]")
        found = _walk(start, path)
        if is_list:
            return ", ".join(_text(_walk(one, item.removeprefix("."))) for one in found)
        return _text(found)

    def _term(self, hole: str) -> str:
        if hole in self.shows:
            return self.shows[hole].cel
        start = "self"
        if hole.startswith("old."):
            start, hole = "oldSelf", hole.removeprefix("old.")
        path, is_list, item = hole.partition("[]")
        if not is_list:
            return f"{start}.{path}"
        listed = f"{start}.{path}" + (f".map(one, one{item})" if item else "")
        return f"{listed}.join(', ')"


@dataclass(frozen=True)
class StateRule(_Rule[Node]):
    """What holds of a document at any time."""

    kept: Callable[[Node], bool] = dataclasses.field(kw_only=True)


@dataclass(frozen=True)
class ChangeRule(_Rule[Node]):
    """What holds of a change: of the new document and the old one.

    Args:
        kept: new, old.
    """

    kept: Callable[[Node, Node], bool] = dataclasses.field(kw_only=True)


@dataclass(frozen=True)
class CreationRule(_Rule[Node]):
    """What holds of a change and of a creation; in CEL `oldSelf` is an optional.

    Args:
        kept: new, old; None: there was none.
    """

    kept: Callable[[Node, Node | None], bool] = dataclasses.field(kw_only=True)


Rule = StateRule[Any] | ChangeRule[Any] | CreationRule[Any]
Rules = Sequence[Rule]


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that a document breaks.

    Args:
        path: of the field, on the wire, below the spec: `("risk", "weeklyTradeLimit")`.
    """

    rule: Rule
    path: tuple[str, ...]
    message: str

    @property
    def field(self) -> str:
        """Return the path of the field for people, as `spec.risk.weeklyTradeLimit`."""
        return ".".join(("spec", *self.path))


def broken_by_state(rules: Rules, spec: BaseModel) -> Iterator[Broken]:
    """Yield what a spec breaks by itself."""
    for rule in rules:
        if not isinstance(rule, StateRule):
            continue
        node = _at(spec, rule)
        if node is not None and not rule.kept(node):
            yield _broken(rule, node, None)


def broken_by_change(
    rules: Rules, spec: BaseModel, old: BaseModel | None, *, is_taken: bool
) -> Iterator[Broken]:
    """Yield what a spec breaks as a change of an old one, or as a new one where old is None.

    Args:
        rules: of the kind.
        spec: the new one.
        old: the one before.
        is_taken: the platform has taken the old one.
    """
    for rule in rules:
        if rule.once_taken and not is_taken:
            continue
        node, before = _at(spec, rule), None if old is None else _at(old, rule)
        if node is None or isinstance(rule, StateRule):
            continue
        if isinstance(rule, CreationRule):
            is_kept = rule.kept(node, before)
        else:
            is_kept = before is None or rule.kept(node, before)
        if not is_kept:
            yield _broken(rule, node, before)


def _broken(rule: Rule, node: BaseModel, before: BaseModel | None) -> Broken:
    path = (*rule.place.split(".")[1:], *rule.field.split("."))
    return Broken(rule, path, rule.message(node, before))


def _at(spec: BaseModel, rule: Rule) -> Any:
    return _walk(spec, rule.place.removeprefix("spec").removeprefix("."))


def _walk(node: Any, path: str) -> Any:
    for name in _steps(path):
        if node is None:
            return None
        node = getattr(node, name)
    return node


@lru_cache(MAX_PATHS)
def _steps(path: str) -> tuple[str, ...]:
    """Return the attributes that lead along a path; the few that rules name are asked for often."""
    return tuple(to_snake(name) for name in path.split(".")) if path else ()


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return format_amount(value) if isinstance(value, Decimal) else str(value)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
