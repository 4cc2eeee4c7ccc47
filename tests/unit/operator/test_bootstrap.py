"""The bootstrap makes the Secrets that are asked for, each once and never anew."""

import asyncio

import pytest

from ironbull_operator import installation
from ironbull_operator.installation import (
    DATABASE,
    KEYS,
    NAMES,
    NATS_ROOTS,
    NATS_SERVER,
    NATS_USERS,
)
from ironbull_operator.kinds import Object, Ref
from ironbull_operator.kube import ConflictError, Kube

PLACE = "ironbull-system"
NOW = 1_700_000_000


class Stored(Kube):
    """The API of a cluster, as far as the bootstrap asks it: create, and get by name."""

    def __init__(self) -> None:
        self.objects: dict[Ref, Object] = {}

    async def create(self, thing: Object) -> Object:
        if Ref.of(thing) in self.objects:
            raise ConflictError(str(Ref.of(thing)))
        self.objects[Ref.of(thing)] = thing
        return thing

    async def get(self, ref: Ref) -> Object | None:
        return self.objects.get(ref)

    def names(self) -> set[str]:
        return {ref.name for ref in self.objects}


def make(kube: Kube, *wanted: str) -> dict[str, bool]:
    made = asyncio.run(installation.make(kube, PLACE, NOW, wanted))
    return {one.name: one.is_new for one in made}


@pytest.mark.parametrize(
    "wanted",
    [
        (KEYS,),
        (DATABASE,),
        (KEYS, NATS_ROOTS, NATS_USERS, NATS_SERVER),
        NAMES,
        (),
    ],
)
def test_only_what_is_wanted_is_made(wanted: tuple[str, ...]) -> None:
    kube = Stored()
    assert make(kube, *wanted) == dict.fromkeys(wanted, True)
    assert kube.names() == set(wanted)


def test_what_is_there_stays_as_it_is() -> None:
    kube = Stored()
    make(kube, *NAMES)
    before = dict(kube.objects)
    assert make(kube, *NAMES) == dict.fromkeys(NAMES, False)
    assert kube.objects == before


def test_users_are_signed_by_the_roots_that_are_stored() -> None:
    kube = Stored()
    make(kube, NATS_ROOTS)
    assert make(kube, NATS_USERS, NATS_SERVER) == {NATS_USERS: True, NATS_SERVER: True}


def test_users_without_roots_are_refused_with_the_way_out() -> None:
    with pytest.raises(ConflictError, match=f"{NATS_ROOTS} does not exist.*let it be made"):
        make(Stored(), NATS_USERS)
