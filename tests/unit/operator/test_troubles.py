"""What keeps a member from starting is told in the cluster's own words, with the way out."""

import pytest

from ironbull_operator.desired.troubles import of_events, of_pod
from ironbull_operator.kinds import Object

POD: Object = {
    "kind": "Pod",
    "metadata": {"name": "main-0-0", "namespace": "ironbull-aurora", "uid": "u1"},
}
SET: Object = {**POD, "kind": "StatefulSet", "metadata": {**POD["metadata"], "name": "main-0"}}


def _waiting(reason: str, message: str, **more: Object) -> Object:
    row = {"state": {"waiting": {"reason": reason, "message": message}}, **more}
    return {**POD, "status": {"phase": "Pending", "containerStatuses": [row]}}


def _event(at: str, note: str, uid: str = "u1", kind: str = "Warning") -> Object:
    return {
        "type": kind,
        "reason": "FailedCreate",
        "note": note,
        "regarding": {"uid": uid},
        "deprecatedLastTimestamp": at,
        "eventTime": None,
    }


@pytest.mark.parametrize("reason", ["ErrImagePull", "ImagePullBackOff", "InvalidImageName"])
def test_an_image_that_cannot_be_pulled_names_the_field(reason: str) -> None:
    found = of_pod("main-0", _waiting(reason, 'Back-off pulling image "x"'))
    assert found is not None
    assert found.reason == reason
    assert "main-0: " + reason + ': Back-off pulling image "x"; correct spec.image' in found.message


def test_a_crashing_member_tells_its_last_words_and_where_the_log_is() -> None:
    ended = {"terminated": {"exitCode": 2, "reason": "Error", "message": "IRONBULL_TOKEN: missing"}}
    found = of_pod("main-0", _waiting("CrashLoopBackOff", "back-off 10s", lastState=ended))
    assert found is not None
    assert "(it ended with 2: Error) IRONBULL_TOKEN: missing" in found.message
    assert "kubectl logs main-0-0 --namespace=ironbull-aurora --previous" in found.message


def test_a_pod_without_a_place_says_what_is_short() -> None:
    row = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}
    pod = {**POD, "status": {"conditions": [{**row, "message": "1 Insufficient memory"}]}}
    found = of_pod("main-0", pod)
    assert found is not None
    assert found.message == (
        "main-0: Unschedulable: 1 Insufficient memory; "
        "give the cluster room for it, or ask for less in spec.resources"
    )


def test_a_volume_that_nobody_makes_names_its_field() -> None:
    row = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}
    said = "pod has unbound immediate PersistentVolumeClaims"
    found = of_pod("main-0", {**POD, "status": {"conditions": [{**row, "message": said}]}})
    assert found is not None
    assert "spec.storage.className" in found.message


@pytest.mark.parametrize("reason", ["ContainerCreating", "PodInitializing"])
def test_a_pod_on_its_way_is_no_trouble(reason: str) -> None:
    assert of_pod("main-0", _waiting(reason, "")) is None
    assert of_pod("main-0", {**POD, "status": {"phase": "Pending"}}) is None


def test_the_newest_warning_about_just_this_object_counts() -> None:
    events = [
        _event("2026-01-01T00:00:01Z", "older"),
        _event("2026-01-01T00:00:03Z", "exceeded quota: pods"),
        _event("2026-01-01T00:00:02Z", "between"),
        _event("2026-01-01T00:00:04Z", "another's", uid="u2"),
        _event("2026-01-01T00:00:05Z", "no warning", kind="Normal"),
    ]
    found = of_events("main-0", SET, events)
    assert found is not None
    assert found.reason == "QuotaExceeded"
    assert "spec.replicas" in found.message
    assert of_events("main-0", SET, []) is None


def test_a_word_that_is_no_reason_is_told_in_the_message_alone() -> None:
    found = of_pod("main-0", _waiting("odd word", "said"))
    assert found is not None
    assert found.reason == "MembersStarting"
    assert "odd word: said" in found.message
