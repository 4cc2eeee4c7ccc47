"""Which image do the members of a pool run? A person's, or the operator's, taken over by policy."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ironbull_messages.resources import ExecutionNodeSpec, UpdatePolicy
from ironbull_operator.kinds import Object


@dataclass(frozen=True, slots=True)
class Choice:
    """What members run.

    Args:
        newer: the operator's image, which the policy does not take over; None: it is the same, or
            the document names its own.
    """

    image: str
    newer: str | None = None


def choose(
    spec: ExecutionNodeSpec, told: str | None, live: Sequence[Object], default: str
) -> Choice:
    """Return which image the members should run.

    Args:
        told: the image of the pool's status; None: there is none.
        live: the sets of the members that there are.
        default: the operator's.
    """
    if spec.image is not None:
        return Choice(spec.image)
    if spec.update_policy is UpdatePolicy.AUTOMATIC:
        return Choice(default)
    image = told or next((_image(one) for one in live), None) or default
    return Choice(image, None if image == default else default)


def is_allowed(image: str, allowed: Iterable[str]) -> bool:
    """Tell whether an image is one of these, or lies below one of them.

    `registry/team/node` allows its tags and digests; `registry/team/` all images of the team.
    """
    return any(
        image == prefix
        or (image.startswith(prefix) and (prefix.endswith("/") or image[len(prefix)] in ":@/"))
        for prefix in allowed
    )


def repository(image: str) -> str:
    """Return an image's name without tag and digest."""
    name = image.partition("@")[0]
    head, slash, tail = name.rpartition("/")
    return f"{head}{slash}{tail.partition(':')[0]}"


def _image(member_set: Object) -> str:
    return str(member_set["spec"]["template"]["spec"]["containers"][0]["image"])
