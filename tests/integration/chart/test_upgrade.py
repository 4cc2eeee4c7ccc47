"""A release goes on to this chart: what cannot change does not, and only what changed restarts."""

import copy
import dataclasses
from pathlib import Path

import pytest
from integration.chart import operators, released
from integration.chart.rendering import Helm, Object, pick, title

STAYS = {"StatefulSet", "CustomResourceDefinition", "PersistentVolumeClaim"}
# What the API server refuses to change, by kind.
FIXED = {
    "StatefulSet": ("serviceName", "selector", "podManagementPolicy", "volumeClaimTemplates"),
    "Deployment": ("selector",),
    "Job": ("selector", "template", "completions", "completionMode"),
}
IMAGES = "images: {{{0}: {{repository: ironbull-{0}, tag: other}}}}"


@pytest.fixture(scope="module")
def before(helm: Helm, tmp_path_factory: pytest.TempPathFactory) -> list[Object]:
    chart = released.unpacked(tmp_path_factory.mktemp("released"))
    found = dataclasses.replace(helm, chart=chart).objects()
    assert len(found) >= 30
    return found


def refusals(before: list[Object], now: list[Object]) -> list[str]:
    """Return what an API server or a person would refuse of an upgrade."""
    after = {title(one): one for one in now}
    found = []
    for old in before:
        name, kind = title(old), old["kind"]
        if "helm.sh/hook" in old["metadata"].get("annotations", {}):
            continue  # made anew each time
        if (new := after.get(name)) is None:
            found += [f"{name} goes away"] if kind in STAYS else []
            continue
        found += [
            f"{name}: {field}"
            for field in FIXED.get(kind, ())
            if old["spec"].get(field) != new["spec"].get(field)
        ]
        if old.get("roleRef") != new.get("roleRef"):
            found.append(f"{name}: roleRef")
        if kind == "Service" and _is_headless(old) is not _is_headless(new):
            found.append(f"{name}: clusterIP")
    return found


def test_an_upgrade_changes_nothing_that_cannot_be_changed(
    before: list[Object], default_objects: list[Object]
) -> None:
    assert refusals(before, default_objects) == []


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("StatefulSet/ironbull-nats", "podManagementPolicy", "OrderedReady"),
        ("StatefulSet/ironbull-postgres", "volumeClaimTemplates", []),
        ("Deployment/ironbull-api", "selector", {"matchLabels": {"app": "api"}}),
        ("Service/ironbull-api", "clusterIP", "None"),
    ],
)
def test_a_change_that_would_be_refused_is_found(
    default_objects: list[Object], name: str, field: str, value: object
) -> None:
    objects = copy.deepcopy(default_objects)
    pick(objects, name)["spec"][field] = value
    assert refusals(objects, default_objects) == [f"{name}: {field}"]


def test_a_job_that_keeps_its_name_and_runs_something_else_is_found(
    default_objects: list[Object],
) -> None:
    objects = copy.deepcopy(default_objects)
    (job,) = [one for one in objects if "-migrate-" in one["metadata"]["name"]]
    job["spec"]["template"]["spec"]["containers"][0]["image"] = "other"
    assert refusals(objects, default_objects) == [f"{title(job)}: template"]


def test_a_volume_that_is_left_behind_is_found(default_objects: list[Object]) -> None:
    fewer = [one for one in default_objects if title(one) != "StatefulSet/ironbull-paper"]
    assert refusals(default_objects, fewer) == ["StatefulSet/ironbull-paper goes away"]


@pytest.mark.parametrize(
    ("image", "restarted"),
    [
        ("operator", {"Deployment/ironbull-operator"}),
        ("services", {"Deployment/ironbull-api", "Deployment/ironbull-centre",
                      "Deployment/ironbull-operator"}),
        ("node", {"Deployment/ironbull-operator"}),
        ("paper", {"StatefulSet/ironbull-paper"}),
        ("trial", {"StatefulSet/ironbull-nats", "StatefulSet/ironbull-postgres"}),
    ],
)  # fmt: skip
def test_another_image_restarts_what_runs_it(
    helm: Helm, default_objects: list[Object], image: str, restarted: set[str]
) -> None:
    now = {title(one): one for one in helm.objects(IMAGES.format(image))}
    kept = ("Deployment", "StatefulSet")
    assert {
        title(one)
        for one in default_objects
        if one["kind"] in kept and one["spec"]["template"] != now[title(one)]["spec"]["template"]
    } == restarted


@pytest.mark.parametrize(
    ("values", "changed"),
    [
        (IMAGES.format("operator"), set()),
        (IMAGES.format("paper"), set()),
        (IMAGES.format("trial"), set()),
        ("logLevel: debug", set()),
        ("{api: {replicas: 3}, operator: {replicas: 2}}", set()),
        (IMAGES.format("services"), {"services_image"}),
    ],
)
def test_engines_and_members_are_made_of_the_same_after_an_upgrade_of_others(
    helm: Helm, default_objects: list[Object], values: str, changed: set[str]
) -> None:
    before = dataclasses.asdict(operators.platform(default_objects))
    after = dataclasses.asdict(operators.platform(helm.objects(values)))
    assert {field for field in before if before[field] != after[field]} == changed


def test_the_chart_of_then_is_another_folder(tmp_path: Path) -> None:
    chart = released.unpacked(tmp_path)
    assert (chart / "Chart.yaml").exists()
    assert tmp_path in chart.parents


def _is_headless(service: Object) -> bool:
    return bool(service["spec"].get("clusterIP") == "None")
