"""Which members of a pool may be given what is wanted now? One at a time gets another template.

A member that is given another template starts anew and its accounts move meanwhile, so the next one
waits until it is ready again. A template that does not start stops at the first member.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from ironbull_operator.kinds import Object

TEMPLATE_HASH: Final = "ironbull.io/template-hash"


@dataclass(frozen=True, slots=True)
class Turns:
    """Who is written now, and who keeps an older template until another one is ready.

    Args:
        now: names of members whose sets are made as they are wanted.
        later: names of members that wait for their turn.
    """

    now: tuple[str, ...]
    later: tuple[str, ...]


def marked(wanted: Object) -> Object:
    """Return a member's set with the hash of the template that starts it."""
    text = json.dumps(wanted["spec"]["template"], sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    metadata = wanted["metadata"]
    annotations = {**metadata.get("annotations", {}), TEMPLATE_HASH: digest}
    return {**wanted, "metadata": {**metadata, "annotations": annotations}}


def turns(wanted: Sequence[Object], live: Mapping[str, Object], serving: AbstractSet[str]) -> Turns:
    """Return whose turn it is.

    A member that does not serve anyway comes before those that do.

    Args:
        wanted: the members' sets, marked.
        live: the sets that there are, by name.
        serving: names of members that are ready and of their set's newest template.
    """
    others = [_name(one) for one in wanted if _is_other(one, live.get(_name(one)))]
    same = [_name(one) for one in wanted if _name(one) not in others]
    if not others or not serving >= set(same):
        return Turns(tuple(same), tuple(others))
    first = min(others, key=lambda name: name in serving)
    return Turns((*same, first), tuple(name for name in others if name != first))


def _is_other(wanted: Object, live: Object | None) -> bool:
    return live is not None and _hash(wanted) != _hash(live)


def _hash(one: Object) -> str | None:
    found = one["metadata"].get("annotations", {}).get(TEMPLATE_HASH)
    return None if found is None else str(found)


def _name(one: Object) -> str:
    return str(one["metadata"]["name"])
