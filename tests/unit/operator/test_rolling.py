"""Members of a pool change their template one at a time, and stop at one that does not start."""

from ironbull_operator.desired.rolling import Turns, marked, turns
from ironbull_operator.kinds import Object


def _set(index: int, image: str) -> Object:
    spec = {"template": {"spec": {"containers": [{"image": image}]}}}
    return marked({"metadata": {"name": f"main-{index}"}, "spec": spec})


def _sets(*images: str) -> dict[str, Object]:
    return {f"main-{index}": _set(index, image) for index, image in enumerate(images)}


WANTED = list(_sets("new", "new", "new").values())
ALL = {"main-0", "main-1", "main-2"}


def test_members_that_do_not_exist_are_all_made_at_once() -> None:
    assert turns(WANTED, {}, set()) == Turns(("main-0", "main-1", "main-2"), ())


def test_another_template_goes_to_one_member_first() -> None:
    found = turns(WANTED, _sets("old", "old", "old"), ALL)
    assert found == Turns(("main-0",), ("main-1", "main-2"))


def test_the_next_member_waits_until_the_one_before_is_ready() -> None:
    live = _sets("new", "old", "old")
    assert turns(WANTED, live, {"main-1", "main-2"}) == Turns(("main-0",), ("main-1", "main-2"))
    assert turns(WANTED, live, ALL) == Turns(("main-0", "main-1"), ("main-2",))


def test_a_member_that_does_not_serve_anyway_is_first() -> None:
    found = turns(WANTED, _sets("old", "old", "old"), {"main-0", "main-1"})
    assert found == Turns(("main-2",), ("main-0", "main-1"))


def test_a_corrected_template_replaces_the_broken_one_first() -> None:
    found = turns(WANTED, _sets("broken", "old", "old"), {"main-1", "main-2"})
    assert found == Turns(("main-0",), ("main-1", "main-2"))


def test_a_new_member_proves_the_template_before_the_others_change() -> None:
    live = {"main-0": _set(0, "old")}
    assert turns(WANTED, live, {"main-0"}) == Turns(("main-1", "main-2"), ("main-0",))


def test_other_changes_than_of_the_template_are_made_at_once() -> None:
    live = _sets("new", "new", "new")
    live["main-1"]["spec"]["replicas"] = 0
    assert turns(WANTED, live, {"main-0", "main-2"}).later == ()
