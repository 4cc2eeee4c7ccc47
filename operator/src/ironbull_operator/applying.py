"""When is an object of ours written? When it is not as wanted, and never otherwise."""

import hashlib
import json
from typing import Any, Final

from ironbull_operator.kinds import Object, Ref
from ironbull_operator.kube import Kube

HASH: Final = "ironbull.io/applied-hash"


async def ensure(kube: Kube, wanted: Object) -> Object:
    """Make one object as it is wanted; return it as it lives.

    It is compared with what lives first: the hash tells of fields that are wanted no more, the
    fields themselves of what somebody else changed.
    """
    return await ensure_over(kube, wanted, await kube.get(Ref.of(wanted)))


async def ensure_over(kube: Kube, wanted: Object, live: Object | None) -> Object:
    """Make one object as it is wanted over what was read of it; None: it does not exist."""
    marked = stamped(wanted)
    if live is not None and holds(marked, live):
        return live
    return await kube.apply(marked)


def stamped(wanted: Object) -> Object:
    """Return the object with the hash of itself."""
    text = json.dumps(wanted, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    metadata = wanted["metadata"]
    annotations = {**metadata.get("annotations", {}), HASH: digest}
    return {**wanted, "metadata": {**metadata, "annotations": annotations}}


def holds(wanted: Any, live: Any) -> bool:
    """Tell whether everything that is wanted lives; what others added does not matter."""
    if isinstance(wanted, dict):
        return isinstance(live, dict) and all(
            key in live and holds(value, live[key]) for key, value in wanted.items()
        )
    if isinstance(wanted, list):
        return (
            isinstance(live, list)
            and len(live) == len(wanted)
            and all(holds(one, other) for one, other in zip(wanted, live, strict=True))
        )
    return bool(wanted == live)
