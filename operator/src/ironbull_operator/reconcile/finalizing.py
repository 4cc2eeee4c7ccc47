"""How does an object wait for what has to be cleared away? By a finalizer that only we touch."""

from typing import Final

from ironbull_operator.kinds import Object, Ref
from ironbull_operator.kube import Kube, MissingError

FINALIZER: Final = "ironbull.io/cleanup"


def is_ending(found: Object) -> bool:
    """Tell whether somebody deleted the object."""
    return "deletionTimestamp" in found["metadata"]


def is_held(found: Object) -> bool:
    """Tell whether the object waits for us."""
    return FINALIZER in _finalizers(found)


async def hold(kube: Kube, found: Object) -> None:
    """Have the object wait for us at its end; before anything is made for it.

    Raises:
        ConflictError: somebody wrote the object since it was read.
    """
    if not is_held(found):
        await _write(kube, found, [*_finalizers(found), FINALIZER])


async def release(kube: Kube, found: Object) -> None:
    """Let the object go.

    Raises:
        ConflictError: somebody wrote the object since it was read.
    """
    try:
        await _write(kube, found, [one for one in _finalizers(found) if one != FINALIZER])
    except MissingError:
        return


def _finalizers(found: Object) -> list[str]:
    return list(found["metadata"].get("finalizers", ()))


async def _write(kube: Kube, found: Object, finalizers: list[str]) -> None:
    version = found["metadata"]["resourceVersion"]
    await kube.merge(
        Ref.of(found), {"metadata": {"resourceVersion": version, "finalizers": finalizers}}
    )
