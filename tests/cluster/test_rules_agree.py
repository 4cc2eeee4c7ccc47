"""The API and the platform judge alike, also what mixes the documents of several rules."""

import os
import random
import uuid
from collections.abc import Mapping
from typing import Any

import pytest
from cluster.dry import Asked, Refused
from cluster.kubectl import Kubectl
from fixtures.rule_pairs import PAIRS
from fixtures.rule_pairs.pair import TAKEN, Patch, document
from fixtures.rule_pairs.verdict import verdict

from ironbull_messages import crds

CASES = 150
MOST_MIXED = 3
BOUNDS = {
    f"{rule.place}.{rule.field}" for kind in crds.KINDS for rule in kind.spec.rules if rule.is_bound
}
PREFIX = 'Invalid value: "object": '


def _mixed(random_: random.Random, kind: str) -> dict[str, Any]:
    """Return a few patches of the pairs in one."""
    known = [
        patch
        for pair in PAIRS
        if pair.kind == kind
        for patch in (pair.accepted, pair.refused, *pair.before)
    ]
    out: dict[str, Any] = {}
    for patch in random_.sample(known, random_.randint(1, MOST_MIXED)):
        out = _merged(out, patch)
    return out


def _merged(base: Mapping[str, Any], patch: Patch) -> dict[str, Any]:
    out = dict(base)
    for key, value in patch.items():
        both = isinstance(value, Mapping) and isinstance(out.get(key), Mapping)
        out[key] = _merged(out[key], value) if both else value
    return out


def _answer(asked: Asked, body: dict[str, Any], *, is_there: bool) -> set[tuple[str, str]]:
    try:
        (asked.replace if is_there else asked.create)(body, is_trial=True)
    except Refused as refused:
        return {(field, said.removeprefix(PREFIX)) for field, said in refused.causes}
    return set()


@pytest.mark.parametrize("kind", [kind.name for kind in crds.KINDS])
def test_api_and_platform_say_the_same_to_mixed_documents(
    defined: Kubectl, documents_room: str, kind: str
) -> None:
    asked = Asked.of(defined)
    seed = os.environ.get("SEED", uuid.uuid4().hex)
    random_ = random.Random(f"{seed}{kind}")  # noqa: S311 - it chooses cases
    refused = 0
    for number in range(CASES):
        name = f"mixed-{number}"
        before = _mixed(random_, kind) if random_.random() < 0.5 else None
        if before is not None and verdict(kind, before, None):
            before = None
        if before is not None:
            body = document(kind, before, name, documents_room)
            asked.create(body, is_trial=False)
            if TAKEN[kind]:
                asked.take(body, TAKEN[kind])
        patch = _mixed(random_, kind)
        expected = set(verdict(kind, patch, before))
        body = document(kind, patch, name, documents_room)
        answer = _answer(asked, body, is_there=before is not None)
        refused += bool(answer)
        told = f"SEED={seed}: {kind} {before} → {patch}"
        if any(field in BOUNDS for field, _ in answer):
            assert expected, told  # the value's own type speaks here, and nothing after it
        else:
            assert answer == expected, told
        if before is not None:
            asked.delete(document(kind, before, name, documents_room))
    assert 0 < refused < CASES
