"""What the chart renders is what its golden files say: `PYTHONPATH=tests python -m tools.chart`."""

import subprocess
from pathlib import Path

import pytest
import yaml
from integration.chart.rendering import (
    CHART,
    HERE,
    KUBERNETES,
    ROOT,
    SECONDS,
    VALUES,
    Helm,
    Object,
    pick,
    title,
    written,
)

GOLDEN = HERE / "golden"


@pytest.mark.parametrize("values", VALUES, ids=lambda path: path.stem)
def test_values_render_what_their_golden_file_says(helm: Helm, values: Path) -> None:
    assert written(helm, values) == (GOLDEN / values.name).read_text(), (
        "if it is meant: PYTHONPATH=tests .venv/bin/python -m tools.chart"
    )


@pytest.mark.parametrize("values", VALUES, ids=lambda path: path.stem)
def test_helm_finds_nothing_to_complain_about(helm: Helm, values: Path) -> None:
    done = subprocess.run(
        (helm.program, "lint", "--strict", CHART, "--kube-version", KUBERNETES, "--values", values),
        capture_output=True, text=True, check=False, timeout=SECONDS,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "0 chart(s) failed" in done.stdout


def test_every_golden_file_has_its_values() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == {path.name for path in VALUES}
    assert len(VALUES) >= 6


def test_rendering_twice_gives_the_same(helm: Helm) -> None:
    assert helm.render() == helm.render()


def test_the_definitions_are_the_generated_ones_and_stay(default_objects: list[Object]) -> None:
    for path in sorted((ROOT / "crds").glob("*.yaml")):
        generated = yaml.safe_load(path.read_text())
        rendered = pick(default_objects, title(generated))
        assert rendered["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}
        assert rendered["spec"] == generated["spec"]


def test_the_definitions_are_left_out_on_demand(helm: Helm) -> None:
    kinds = {one["kind"] for one in helm.objects("crds: {create: false}")}
    assert "CustomResourceDefinition" not in kinds


def test_no_object_of_ours_is_in_the_chart(helm: Helm) -> None:
    for values in VALUES:
        for one in helm.objects(values.read_text()):
            assert not one["apiVersion"].startswith("ironbull.io/"), title(one)


def test_no_secret_is_ever_rendered(helm: Helm) -> None:
    for values in VALUES:
        assert not [one for one in helm.objects(values.read_text()) if one["kind"] == "Secret"]


def test_a_release_of_another_name_names_its_objects_after_itself(helm: Helm) -> None:
    objects = helm.objects(release="desk")

    assert pick(objects, "Deployment/desk-ironbull-api")
    operator = pick(objects, "Deployment/desk-ironbull-operator")
    (container,) = operator["spec"]["template"]["spec"]["containers"]
    env = {row["name"]: row.get("value") for row in container["env"]}
    assert env["IRONBULL_PLATFORM_URL"] == "http://desk-ironbull-api.ironbull-system.svc:8082"


def test_a_job_is_named_by_what_it_runs(helm: Helm, default_objects: list[Object]) -> None:
    def names(objects: list[Object]) -> set[str]:
        return {one["metadata"]["name"] for one in objects if _is_plain_job(one)}

    before = names(default_objects)
    assert len(before) == 2
    assert names(helm.objects("api: {replicas: 3}")) == before
    assert not names(helm.objects('images: {registry: "other.example.com"}')) & before


def _is_plain_job(one: Object) -> bool:
    annotations = one["metadata"].get("annotations", {})
    return one["kind"] == "Job" and "helm.sh/hook" not in annotations


def test_no_replicas_stand_where_an_autoscaler_decides(helm: Helm) -> None:
    objects = helm.objects((HERE / "values" / "scaled.yaml").read_text())
    assert "replicas" not in pick(objects, "Deployment/ironbull-api")["spec"]
    assert pick(objects, "HorizontalPodAutoscaler/ironbull-api")["spec"]["minReplicas"] == 2
