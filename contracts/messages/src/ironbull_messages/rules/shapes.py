"""Which shapes do many rules have? A value that stays, an amount above zero, a list without X."""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from pydantic import BaseModel
from pydantic.alias_generators import to_snake

from ironbull_messages.rules.rule import ChangeRule, CreationRule, Shown, StateRule

Node = TypeVar("Node", bound=BaseModel)

FOUND: Final = "found"
"""The word of a message for the first name that breaks a rule: `{found}`."""


def fixed(name: str, place: str, field: str, why: str) -> ChangeRule[Any]:
    """Return the rule that a field which always has a value keeps the first one that was taken.

    Args:
        name: the rule's id.
        place: of the object that has the field.
        field: on the wire.
        why: the reason and the way out, after "… cannot become …, ".
    """
    attribute = to_snake(field)
    return ChangeRule[Any](
        name,
        place,
        field,
        f"self.{field} == oldSelf.{field}",
        f"{field} {{old.{field}}} cannot become {{{field}}}, {why}",
        kept=lambda new, old: bool(getattr(new, attribute) == getattr(old, attribute)),
        is_lasting=True,
        once_taken=True,
    )


def above_zero(name: str, place: str, field: str) -> StateRule[Any]:
    """Return the bound that an amount is more than nothing; an absent one is."""
    attribute = to_snake(field)

    def kept(new: Any) -> bool:
        amount = getattr(new, attribute)
        return amount is None or bool(amount > 0)

    return StateRule[Any](
        name,
        place,
        field,
        f"!has(self.{field}) || quantity(self.{field}).isGreaterThan(quantity('0'))",
        f"{field} must be above zero, not {{{field}}}",
        kept=kept,
        is_bound=True,
    )


def once(name: str, place: str, field: str, what: str) -> StateRule[Any]:
    """Return the rule that a list of words holds none twice; `what` is one of them, as "symbol"."""
    attribute = to_snake(field)

    def twice(new: Any) -> list[str]:
        words = list(getattr(new, attribute))
        return [word for word in words if words.count(word) > 1]

    return none_found(
        name,
        place,
        field,
        f"self.{field}.filter(s, self.{field}.filter(t, t == s).size() > 1)",
        f"a {what} stands in {field} once, but {{found}} stands there twice: take one out",
        find=twice,
    )


def none_found(
    name: str,
    place: str,
    field: str,
    cel: str,
    says: str,
    *,
    find: Callable[[Node], Sequence[str]],
) -> StateRule[Node]:
    """Return the rule that a list of wrong names is empty.

    Args:
        name: the rule's id.
        place: of the object that is `self`.
        field: that the message is about.
        cel: the list of wrong names, in CEL.
        says: the message; `{found}` is the first of the list.
        find: the same list.
    """
    return StateRule[Node](
        name,
        place,
        field,
        f"{cel}.size() == 0",
        says,
        shows={FOUND: Shown(f"{cel}[0]", lambda new, _: find(new)[0])},
        kept=lambda new: not find(new),
    )


def none_found_in_change(
    name: str,
    place: str,
    field: str,
    cel: str,
    says: str,
    *,
    find: Callable[[Node, Node], Sequence[str]],
    is_lasting: bool = False,
) -> ChangeRule[Node]:
    """Return the same of a change; `find` is given new and old."""

    def shown(new: Node, old: Node | None) -> str:
        return "" if old is None else find(new, old)[0]

    return ChangeRule[Node](
        name,
        place,
        field,
        f"{cel}.size() == 0",
        says,
        shows={FOUND: Shown(f"{cel}[0]", shown)},
        kept=lambda new, old: not find(new, old),
        is_lasting=is_lasting,
    )


def none_found_at_birth(
    name: str,
    place: str,
    field: str,
    cel: str,
    says: str,
    *,
    find: Callable[[Node, Node | None], Sequence[str]],
) -> CreationRule[Node]:
    """Return the same of a change and of a creation, where old is None.

    Its message shows nothing of the old document: the API has no optional there.
    """
    return CreationRule[Node](
        name,
        place,
        field,
        f"{cel}.size() == 0",
        says,
        kept=lambda new, old: not find(new, old),
    )
