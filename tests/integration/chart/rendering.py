"""What does the chart make of a file of values? Helm's answer, as objects or as a refusal."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
CHART = ROOT / "charts" / "ironbull"
NAMESPACE = "ironbull-system"
RELEASE = "ironbull"
KUBERNETES = "1.34.4"
# Kinds of others, which a cluster may serve.
OPTIONAL_APIS = "monitoring.coreos.com/v1,gateway.networking.k8s.io/v1,keda.sh/v1alpha1"
SECONDS = 60
DEFAULT = HERE / "values" / "default.yaml"
VERSION_LABELS = {"app.kubernetes.io/version", "helm.sh/chart"}
VALUES = sorted((HERE / "values").glob("*.yaml"))

Object = dict[str, Any]


class RefusedError(Exception):
    """Helm refused the values; the message is its own."""


@dataclass(frozen=True, slots=True)
class Helm:
    """The program."""

    program: Path
    chart: Path = CHART

    def render(self, values: str = "", release: str = RELEASE, *, optional: bool = True) -> str:
        """Return all manifests of a release.

        Args:
            values: YAML.
            optional: whether the cluster serves the kinds of others.

        Raises:
            RefusedError: the values do not pass.
        """
        done = subprocess.run(
            (
                *(self.program, "template", release, self.chart, "--namespace", NAMESPACE),
                *("--kube-version", KUBERNETES, "--values", "-"),
                *(("--api-versions", OPTIONAL_APIS) if optional else ()),
            ),
            input=values, capture_output=True, text=True, check=False, timeout=SECONDS,
        )  # fmt: skip
        if done.returncode != 0:
            raise RefusedError(done.stderr)
        return done.stdout

    @cache  # noqa: B019 - one Helm lives as long as the session, and renders the same each time
    def objects(self, values: str = "", release: str = RELEASE) -> list[Object]:
        """Return what a release consists of; nobody changes it."""
        manifests = yaml.load_all(self.render(values, release), yaml.CSafeLoader)
        return [one for one in manifests if one]


def written(helm: Helm, values: Path) -> str:
    """Return what the golden file of a file of values should say."""
    default = None if values == DEFAULT else helm.objects(DEFAULT.read_text())
    return golden(helm.objects(values.read_text()), default)


def title(thing: Object) -> str:
    """Return kind and name."""
    return f"{thing['kind']}/{thing['metadata']['name']}"


def pick(objects: list[Object], name: str) -> Object:
    """Return the one object of this kind and name, as in `Service/ironbull-api`."""
    (found,) = [one for one in objects if title(one) == name]
    return found


def pods(objects: list[Object]) -> Iterator[tuple[str, Object]]:
    """Give the spec of every pod that some object makes."""
    for one in objects:
        match one["kind"]:
            case "Pod":
                yield title(one), one["spec"]
            case "Deployment" | "StatefulSet" | "Job":
                yield title(one), one["spec"]["template"]["spec"]


def containers(pod: Object) -> list[Object]:
    """Return all containers of a pod, those before the start too."""
    return [*pod.get("initContainers", []), *pod["containers"]]


def golden(objects: list[Object], default: list[Object] | None = None) -> str:
    """Return objects as a golden file holds them.

    Definitions have their own test, a file of the chart is named instead of repeated, and labels
    that change with every version are left out.

    Args:
        default: what no values render; only what differs from it is held, and what is absent.
    """
    files = {
        path.read_text(): f"<{path.relative_to(CHART)}>"
        for path in (CHART / "files").rglob("*")
        if path.is_file()
    }
    kept = [_short(one, files) for one in _without_definitions(objects)]
    if default is not None:
        before = [_short(one, files) for one in _without_definitions(default)]
        absent = sorted({title(one) for one in before} - {title(one) for one in kept})
        kept = [{"absent": absent}, *(one for one in kept if one not in before)]
    return str(yaml.safe_dump_all(kept, sort_keys=False, width=100, default_flow_style=None))


def _without_definitions(objects: list[Object]) -> list[Object]:
    return [one for one in objects if one["kind"] != "CustomResourceDefinition"]


def _short(node: Any, files: dict[str, str]) -> Any:
    match node:
        case dict():
            return {k: _short(v, files) for k, v in node.items() if k not in VERSION_LABELS}
        case list():
            return [_short(value, files) for value in node]
        case str():
            return files.get(node, node)
        case _:
            return node
