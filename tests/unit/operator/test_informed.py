"""The leader reads what it has seen, knows its own writes, and writes only while it leads."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from ironbull_messages.resources import API_VERSION, TENANT_LABEL
from ironbull_operator.election import LostError
from ironbull_operator.informed import SERVED_SECONDS, InformedKube
from ironbull_operator.kinds import CONFIG_MAP, DEPLOYMENT, SECRET, STRATEGY, Object, Ref
from ironbull_operator.kube import ConflictError
from ironbull_operator.seen import Seen

PLACE = "ironbull-aurora"
CROSSING = Ref(STRATEGY, "crossing", PLACE)


class Answer:
    """What the API answered."""

    def __init__(self, status: int, body: Object) -> None:
        self.status = status
        self._body = body

    async def read(self) -> bytes:
        return json.dumps(self._body).encode()


class Api:
    """An API that answers what it was given, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.answers: dict[tuple[str, str], Answer] = {}

    async def param_serialize(self, method: str, path: str, **words: Any) -> tuple[str, str]:
        del words
        return method, path

    async def call_api(self, method: str, path: str, **words: Any) -> Answer:
        del words
        self.asked.append((method, path))
        missing = Answer(404, {"message": "not found"})
        return self.answers.get((method, path), missing)


class Desk:
    """A leader, its API and its clock."""

    def __init__(self, fence: Callable[[], None] = lambda: None) -> None:
        self.api, self.seen, self.seconds = Api(), Seen(), 0.0
        self.kube = InformedKube(self.api, self.seen, fence, lambda: self.seconds)  # type: ignore[arg-type]  # it calls no more than these two


def _strategy(version: int, **rest: Any) -> Object:
    return {
        "apiVersion": API_VERSION,
        "kind": "Strategy",
        "metadata": {"name": "crossing", "namespace": PLACE, "resourceVersion": str(version)},
        **rest,
    }


def _lost() -> None:
    raise LostError("somebody else leads")


async def test_what_was_seen_is_not_asked_for() -> None:
    desk = Desk()
    desk.seen.learn(_strategy(5))
    assert await desk.kube.get(CROSSING) == _strategy(5)
    assert desk.api.asked == []


async def test_what_was_not_seen_is_asked_for() -> None:
    desk = Desk()
    desk.api.answers["GET", CROSSING.path()] = Answer(200, _strategy(5))
    assert await desk.kube.get(CROSSING) == _strategy(5)
    assert await desk.kube.get(CROSSING) == _strategy(5)
    assert len(desk.api.asked) == 1


async def test_secrets_are_asked_for_each_time() -> None:
    desk = Desk()
    ref = Ref(SECRET, "engine", PLACE)
    metadata = {"name": "engine", "resourceVersion": "5", "labels": {TENANT_LABEL: "aurora"}}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata}
    desk.api.answers["GET", ref.path()] = Answer(200, secret)
    await desk.kube.get(ref)
    await desk.kube.get(ref)
    assert len(desk.api.asked) == 2


async def test_an_own_write_is_read_at_once_and_its_echo_is_no_news() -> None:
    desk = Desk()
    desk.seen.learn(_strategy(5))
    written = _strategy(6, status={"observedGeneration": 1})
    desk.api.answers["PATCH", CROSSING.path("status")] = Answer(200, written)
    await desk.kube.apply_status(_strategy(5))
    assert await desk.kube.get(CROSSING) == written
    assert not desk.seen.learn(written)


async def test_what_somebody_wrote_meanwhile_is_read_anew() -> None:
    desk = Desk()
    desk.seen.learn(_strategy(5))
    desk.api.answers["PATCH", CROSSING.path()] = Answer(409, {"message": "written since"})
    desk.api.answers["GET", CROSSING.path()] = Answer(200, _strategy(6))
    with pytest.raises(ConflictError):
        await desk.kube.merge(CROSSING, {"metadata": {"finalizers": []}})
    assert await desk.kube.get(CROSSING) == _strategy(6)


async def test_what_was_deleted_is_read_anew() -> None:
    desk = Desk()
    desk.seen.learn(_strategy(5))
    desk.api.answers["DELETE", CROSSING.path()] = Answer(200, {"kind": "Status", "metadata": {}})
    await desk.kube.delete(CROSSING)
    assert await desk.kube.get(CROSSING) is None


async def test_a_survey_tells_of_changes_and_of_what_went_away_unnoticed() -> None:
    desk = Desk()
    desk.seen.learn(_strategy(5))
    page = {"metadata": {"resourceVersion": "9"}, "items": []}
    desk.api.answers["GET", STRATEGY.path(None)] = Answer(200, page)
    assert await desk.kube.survey(STRATEGY) == [_strategy(5)]
    assert await desk.kube.list(STRATEGY, PLACE) == []
    assert len(desk.api.asked) == 1


async def test_whether_a_kind_is_served_is_asked_again_after_some_minutes() -> None:
    desk = Desk()
    assert not await desk.kube.serves(DEPLOYMENT)
    known = {"resources": [{"name": "statefulsets"}, {"name": "deployments"}]}
    desk.api.answers["GET", "/apis/apps/v1"] = Answer(200, known)
    assert not await desk.kube.serves(DEPLOYMENT)
    desk.seconds += SERVED_SECONDS
    assert await desk.kube.serves(DEPLOYMENT)


async def test_nothing_is_written_after_leadership_is_lost() -> None:
    desk = Desk(_lost)
    thing = _strategy(5)
    ref = Ref(CONFIG_MAP, "documents", PLACE)
    for write in (
        desk.kube.apply(thing),
        desk.kube.apply_status(thing),
        desk.kube.create(thing),
        desk.kube.replace(thing),
        desk.kube.merge(CROSSING, {}),
        desk.kube.delete(ref),
    ):
        with pytest.raises(LostError):
            await write
    assert desk.api.asked == []
