"""Which members leave a pool, and which of them are still there? Pure."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from ironbull_messages.launch import Env
from ironbull_operator.kinds import Object

_INSTANCE: Final = "app.kubernetes.io/instance"


@dataclass(frozen=True, slots=True)
class Leaver:
    """A member that its pool should not have any more.

    Args:
        token: the id under which it speaks until it has ended; None: nothing tells it.
        is_there: it may still speak: its StatefulSet or its pod exists.
    """

    name: str
    token: str | None
    is_there: bool


def leavers(
    wanted: AbstractSet[str], rows: Sequence[Object], sets: Sequence[Object], pods: Sequence[Object]
) -> list[Leaver]:
    """Return the members that leave, by name.

    Args:
        wanted: names of the members that stay.
        rows: the members as the pool's status tells them.
        sets: StatefulSets of the pool.
        pods: of the pool.
    """
    tokens = {_instance(pod): _token(pod["spec"]) for pod in pods}
    tokens |= {_instance(one): _token(one["spec"]["template"]["spec"]) for one in sets}
    alive = set(tokens)
    tokens |= {row["name"]: row["token"] for row in rows}
    return [Leaver(name, tokens[name], name in alive) for name in sorted(set(tokens) - wanted)]


def _instance(thing: Object) -> str:
    return str(thing["metadata"]["labels"][_INSTANCE])


def _token(pod: Object) -> str | None:
    for container in pod["containers"]:
        for one in container.get("env", ()):
            if one["name"] == Env.TOKEN.value:
                return str(one["value"])
    return None
