"""Members run the image that a person chose; a new operator changes it only where it may."""

import pytest

from ironbull_messages.resources import ExecutionNodeSpec, UpdatePolicy
from ironbull_operator.desired.image import Choice, choose, is_allowed, repository
from ironbull_operator.kinds import Object

MANUAL = ExecutionNodeSpec(venue="paper")
AUTOMATIC = ExecutionNodeSpec(venue="paper", update_policy=UpdatePolicy.AUTOMATIC)
OWN = ExecutionNodeSpec(venue="paper", image="registry.test/node:mine")
LIVE: list[Object] = [{"spec": {"template": {"spec": {"containers": [{"image": "node:1"}]}}}}]


def test_a_new_pool_runs_the_image_of_the_operator() -> None:
    assert choose(MANUAL, None, [], "node:1") == Choice("node:1")


def test_another_image_of_the_operator_is_told_of_and_not_taken() -> None:
    assert choose(MANUAL, "node:1", [], "node:2") == Choice("node:1", newer="node:2")


def test_a_lost_status_changes_no_image() -> None:
    assert choose(MANUAL, None, LIVE, "node:2") == Choice("node:1", newer="node:2")


def test_an_automatic_pool_takes_the_image_of_the_operator() -> None:
    assert choose(AUTOMATIC, "node:1", LIVE, "node:2") == Choice("node:2")


@pytest.mark.parametrize("policy", UpdatePolicy)
def test_an_image_of_the_document_counts_under_each_policy(policy: UpdatePolicy) -> None:
    spec = OWN.model_copy(update={"update_policy": policy})
    assert choose(spec, "node:1", LIVE, "node:2") == Choice("registry.test/node:mine")


@pytest.mark.parametrize(
    ("image", "is_so"),
    [
        ("registry.test/team/node", True),
        ("registry.test/team/node:1", True),
        ("registry.test/team/node@sha256:00", True),
        ("registry.test/team/node-evil:1", False),
        ("registry.test/team", False),
        ("registry.test/other/node:1", False),
        ("mirror.test/any/where:1", True),
        ("mirror.test", False),
    ],
)
def test_an_image_lies_below_what_is_allowed_and_not_beside_it(image: str, is_so: bool) -> None:  # noqa: FBT001 - a column
    assert is_allowed(image, ("registry.test/team/node", "mirror.test/")) is is_so


@pytest.mark.parametrize(
    "image", ["host:5000/node", "host:5000/node:1", "host:5000/node:1@sha256:00"]
)
def test_a_repository_keeps_its_port_and_loses_tag_and_digest(image: str) -> None:
    assert repository(image) == "host:5000/node"
