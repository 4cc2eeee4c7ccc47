"""Alerts and dashboard ask for what the processes really show, and each alert says what to do."""

import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from integration.chart.rendering import CHART, HERE, NAMESPACE, ROOT, Helm, pick
from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase

from ironbull_node.figures import FIGURES

FILES = CHART / "files" / "monitoring"
# Every module that makes measures; one that is forgotten here makes its measure unknown.
MODULES = (
    "ironbull_kit.metrics", "ironbull_kit.repeat", "ironbull_operator.figures",
    "ironbull_app.api.asgi", "ironbull_app.processes.engine", "ironbull_app.processes.fleet",
    "ironbull_app.processes.market", "ironbull_app.processes.relay",
    "ironbull_app.processes.retention", "ironbull_app.processes.troubles",
    "ironbull_app.processes.watch",
)  # fmt: skip
# Prometheus itself adds them to what it reads from a pod.
ADDED = {"namespace", "pod", "le"}
NAME = re.compile(r"\b(?:ironbull|controller_runtime|workqueue|leader_election)_\w+")
SELECTOR = re.compile(r"(\w+)\{([^}]*)\}")
MATCHER = re.compile(r'(\w+)\s*(=~|=)\s*"([^"]*)"')
GROUPING = re.compile(r"by \(([^)]*)\)")
SEVERITIES = {"critical", "warning"}


@pytest.fixture(scope="module")
def measures() -> dict[str, set[str]]:
    """Give every measure with its labels, each under the names that Prometheus stores."""
    for module in MODULES:
        import_module(module)
    found = {f"ironbull_node_{name}": set[str]() for name in FIGURES}
    for collector in set(REGISTRY._collector_to_names):
        if isinstance(collector, MetricWrapperBase):
            for name in REGISTRY._collector_to_names[collector]:
                found[name] = set(collector._labelnames)
    return found


@pytest.fixture(scope="module")
def literals() -> str:
    """Give the product's source, in which the values of labels stand."""
    folders = ("contracts", "node", "operator", "services")
    return "\n".join(
        path.read_text() for folder in folders for path in (ROOT / folder).rglob("src/**/*.py")
    )


def rules() -> list[dict[str, Any]]:
    text = (FILES / "rules.yaml").read_text()
    return [rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]


def dashboard() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FILES / "dashboard.json").read_text())
    return found


def expressions() -> Iterator[str]:
    for rule in rules():
        yield rule["expr"]
    for panel in dashboard()["panels"]:
        for target in panel.get("targets", ()):
            yield target["expr"]


@pytest.mark.parametrize("expression", sorted(set(expressions())))
def test_a_question_names_measures_labels_and_values_that_exist(
    measures: dict[str, set[str]], literals: str, expression: str
) -> None:
    names = NAME.findall(expression)
    assert names
    assert set(names) <= set(measures)
    labels = set().union(*(measures[name] for name in names)) | ADDED
    for grouping in GROUPING.findall(expression):
        assert {label.strip() for label in grouping.split(",")} <= labels
    for name, selector in SELECTOR.findall(expression):
        for label, _, value in MATCHER.findall(selector):
            assert label in measures[name] | ADDED
            if label not in ADDED | {"status"}:
                for word in value.split("|"):
                    assert re.search(rf"""["'\s]{word}["'\s,]""", literals), word
    for opening, closing in ("()", "{}", "[]"):
        assert expression.count(opening) == expression.count(closing)


def test_a_measure_that_does_not_exist_is_found(measures: dict[str, set[str]]) -> None:
    assert "ironbull_orders_lost_total" not in measures
    assert {"ironbull_messages_handled_total", "ironbull_http_request_seconds_bucket"} <= set(
        measures
    )


def test_every_alert_says_how_bad_it_is_and_has_its_page() -> None:
    pages = re.findall(r"^## (\w+)$", (CHART / "ALERTS.md").read_text(), re.MULTILINE)
    assert [rule["alert"] for rule in rules()] == pages
    for rule in rules():
        assert rule["labels"]["severity"] in SEVERITIES
        assert rule["annotations"]["summary"]


def test_the_dashboard_shows_the_chain_from_signal_to_order() -> None:
    panels = {panel["title"] for panel in dashboard()["panels"]}
    assert {
        "Signals", "Orders by state", "Members alive", "Dead tasks, last day", "Oldest open task"
    } <= panels  # fmt: skip
    ids = [panel["id"] for panel in dashboard()["panels"]]
    assert len(ids) == len(set(ids))


def test_panels_do_not_lie_on_one_another() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in dashboard()["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells


def test_rules_and_dashboard_are_installed_as_they_are_written(helm: Helm) -> None:
    objects = helm.objects((HERE / "values" / "watched.yaml").read_text())
    made = pick(objects, "PrometheusRule/ironbull")
    written = (FILES / "rules.yaml").read_text().replace("$namespace", NAMESPACE)
    assert made["spec"] == yaml.safe_load(written)
    board = pick(objects, "ConfigMap/ironbull-dashboard")
    assert board["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert json.loads(board["data"]["ironbull.json"]) == dashboard()


def test_calls_scale_the_api_where_keda_is_asked_to(helm: Helm) -> None:
    objects = helm.objects((HERE / "values" / "watched.yaml").read_text())
    assert not [one for one in objects if one["kind"] == "HorizontalPodAutoscaler"]
    assert "replicas" not in pick(objects, "Deployment/ironbull-api")["spec"]
    (_, by_calls) = pick(objects, "ScaledObject/ironbull-api")["spec"]["triggers"]
    assert by_calls["metadata"]["threshold"] == "40"


def test_the_monitors_choose_the_pods_of_platform_and_tenants(helm: Helm) -> None:
    objects = helm.objects((HERE / "values" / "watched.yaml").read_text())
    assert pick(objects, "PodMonitor/ironbull-tenants")["spec"]["namespaceSelector"] == {
        "any": True
    }
    chosen = pick(objects, "ServiceMonitor/ironbull")["spec"]["selector"]["matchLabels"]
    services = [
        one["metadata"]["name"]
        for one in objects
        if one["kind"] == "Service" and chosen.items() <= one["metadata"]["labels"].items()
    ]
    assert len(services) == 3


def test_the_file_of_alerts_is_where_the_values_say() -> None:
    assert "ALERTS.md" in (CHART / "values.yaml").read_text()
    assert Path(CHART / "ALERTS.md").exists()
