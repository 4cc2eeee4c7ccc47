"""What was watched is known without asking, and never an older version than was known before."""

from typing import Any

import pytest

from ironbull_messages.resources import API_VERSION, TENANT_LABEL
from ironbull_operator.kinds import CONFIG_MAP, DEPLOYMENT, STRATEGY, Kind, Object, Ref
from ironbull_operator.seen import Seen

PLACE = "ironbull-aurora"


def _strategy(name: str = "crossing", version: int = 5, **rest: Any) -> Object:
    return {
        "apiVersion": API_VERSION,
        "kind": "Strategy",
        "metadata": {"name": name, "namespace": PLACE, "resourceVersion": str(version)},
        **rest,
    }


def _child(kind: Kind, labels: dict[str, str], version: int = 5, **rest: Any) -> Object:
    return {
        "apiVersion": kind.api_version,
        "kind": kind.name,
        "metadata": {
            "name": "engine",
            "namespace": PLACE,
            "resourceVersion": str(version),
            "labels": labels,
        },
        **rest,
    }


OURS = {TENANT_LABEL: "aurora"}
CROSSING = Ref(STRATEGY, "crossing", PLACE)


def test_a_version_is_news_once() -> None:
    seen = Seen()
    assert seen.learn(_strategy(version=9))
    assert not seen.learn(_strategy(version=9))
    assert seen.learn(_strategy(version=10))


def test_an_older_version_that_comes_late_changes_nothing() -> None:
    seen = Seen()
    seen.learn(_strategy(version=10, spec={"mode": "Paper"}))
    assert not seen.learn(_strategy(version=9, spec={}))
    assert seen.one(CROSSING) == _strategy(version=10, spec={"mode": "Paper"})


def test_what_is_gone_does_not_come_back_with_the_answer_of_an_earlier_write() -> None:
    seen = Seen()
    seen.learn(_strategy(version=9))
    assert seen.lose(_strategy(version=11))
    assert not seen.learn(_strategy(version=10))
    assert seen.one(CROSSING) is None
    assert seen.learn(_strategy(version=12)), "somebody made it anew"


def test_the_end_of_an_earlier_object_of_that_name_ends_no_later_one() -> None:
    seen = Seen()
    seen.learn(_strategy(version=12))
    assert not seen.lose(_strategy(version=11))
    assert seen.one(CROSSING) is not None


def test_who_reads_may_change_what_he_read() -> None:
    seen = Seen()
    seen.learn(_strategy(spec={"symbols": ["BTC"]}))
    first = seen.one(CROSSING)
    assert first is not None
    first["spec"]["symbols"].append("ETH")
    assert seen.one(CROSSING) == _strategy(spec={"symbols": ["BTC"]})


def test_a_list_is_answered_only_once_all_of_it_is_known() -> None:
    seen = Seen()
    seen.learn(_strategy())
    assert seen.all(STRATEGY, PLACE) is None
    seen.finish(STRATEGY, {CROSSING}, 5)
    assert seen.all(STRATEGY, PLACE) == [_strategy()]
    assert seen.all(STRATEGY, "ironbull-boreal") == []


def test_a_list_holds_what_bears_the_labels() -> None:
    seen = Seen()
    seen.learn(_child(DEPLOYMENT, {**OURS, "tier": "one"}))
    seen.finish(DEPLOYMENT, {Ref(DEPLOYMENT, "engine", PLACE)}, 5)
    assert len(seen.all(DEPLOYMENT, PLACE, {"tier": "one"}) or ()) == 1
    assert seen.all(DEPLOYMENT, PLACE, {"tier": "two"}) == []


def test_what_a_later_list_does_not_hold_went_away_unnoticed() -> None:
    seen = Seen()
    seen.learn(_strategy("crossing", version=5))
    seen.learn(_strategy("newer", version=30))
    gone = seen.finish(STRATEGY, set(), 20)
    assert gone == [_strategy("crossing", version=5)]
    assert seen.all(STRATEGY, None) == [_strategy("newer", version=30)]


def test_what_is_doubted_is_asked_for_and_still_listed() -> None:
    seen = Seen()
    seen.learn(_strategy(version=5))
    seen.finish(STRATEGY, {CROSSING}, 5)
    seen.doubt(CROSSING)
    assert seen.one(CROSSING) is None
    assert seen.all(STRATEGY, PLACE) == [_strategy()]
    assert not seen.learn(_strategy(version=5)), "it is as it was"
    assert seen.one(CROSSING) == _strategy()


def test_what_was_doubted_and_does_not_exist_is_listed_no_more() -> None:
    seen = Seen()
    seen.learn(_strategy())
    seen.finish(STRATEGY, {CROSSING}, 5)
    seen.miss(CROSSING)
    assert seen.one(CROSSING) is not None, "a watch told of it while the API was asked"
    seen.doubt(CROSSING)
    seen.miss(CROSSING)
    assert seen.all(STRATEGY, PLACE) == []


def test_a_child_without_a_tenants_label_is_not_kept() -> None:
    seen = Seen()
    assert not seen.learn(_child(CONFIG_MAP, {}))
    assert seen.one(Ref(CONFIG_MAP, "engine", PLACE)) is None


@pytest.mark.parametrize(
    ("kind", "is_news"), [(DEPLOYMENT, True), (Kind("v1", "ResourceQuota"), False)]
)
def test_a_status_is_news_where_somebody_reads_it(kind: Kind, is_news: bool) -> None:  # noqa: FBT001
    seen = Seen()
    seen.learn(_child(kind, OURS, 5, status={"used": 1}))
    assert seen.learn(_child(kind, OURS, 6, status={"used": 2})) is is_news
    assert seen.learn(_child(kind, OURS, 7, spec={"hard": 3}))


def test_the_bookkeeping_of_field_managers_is_not_kept() -> None:
    seen = Seen()
    thing = _strategy()
    thing["metadata"]["managedFields"] = [{"manager": "kubectl"}]
    seen.learn(thing)
    assert seen.one(CROSSING) == _strategy()
