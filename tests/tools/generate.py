"""Render everything that comes from a registry: `make generate` writes it, a test compares it.

A folder that holds generated files holds nothing else: strangers are refused.
"""

import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import yaml
from tools import kinds_page, merchant_client

from ironbull_app.api import openapi
from ironbull_messages import crds
from ironbull_messages.problems import PROBLEMS
from ironbull_messages.refusals import MEANINGS

ROOT = Path(__file__).resolve().parents[2]
GENERATED = "docs/reference/generated"
INTERFACES = "docs/reference/openapi"
CLIENT = "contracts/clients/python/src/ironbull_client/generated"
# The second copy is the chart's, which can hand out only what lies in its own folder.
DEFINITIONS = ("crds", "charts/ironbull/files/crds")
NOTE = "<!-- rendered by `make generate`; change the registry instead -->"


def problems() -> str:
    """Return the page of problem codes."""
    rows = [
        f"| `{code.value}` | {row.status} | {row.title}. | {row.way_out} |"
        for code, row in PROBLEMS.items()
    ]
    head = ["| code | status | what it means | the way out |", "|---|---|---|---|"]
    return _page("Problem codes", head + rows)


def refusals() -> str:
    """Return the page of refusal codes."""
    rows = [f"| `{code.value}` | {meaning} |" for code, meaning in MEANINGS.items()]
    return _page("Refusal codes", ["| code | what it means |", "|---|---|", *rows])


def kinds() -> str:
    """Return the page of the kinds that an operator applies."""
    return _page("Kinds", kinds_page.lines())


def definition(plural: str) -> str:
    """Return the manifest of one CustomResourceDefinition."""
    note = "# rendered by `make generate`; change contracts/messages instead\n"
    body = yaml.safe_dump(crds.render()[plural], sort_keys=False, allow_unicode=True)
    return note + str(body)


def interface(name: str) -> str:
    """Return the OpenAPI document of one audience."""
    return openapi.render()[name]


def client(render: Callable[[merchant_client.Document], str]) -> str:
    """Return a module of the merchant client."""
    return render(merchant_client.Document(openapi.render()["merchant.json"]))


RENDERERS: Mapping[str, Callable[[], str]] = {
    f"{GENERATED}/kinds.md": kinds,
    f"{GENERATED}/problems.md": problems,
    f"{GENERATED}/refusals.md": refusals,
    **{f"{INTERFACES}/{name}": partial(interface, name) for name in openapi.NAMES},
    f"{CLIENT}/__init__.py": merchant_client.package,
    f"{CLIENT}/models.py": partial(client, merchant_client.models),
    f"{CLIENT}/operations.py": partial(client, partial(merchant_client.operations, is_async=False)),
    f"{CLIENT}/async_operations.py": partial(
        client, partial(merchant_client.operations, is_async=True)
    ),
    **{
        f"{folder}/{kind.plural}.yaml": partial(definition, kind.plural)
        for folder in DEFINITIONS
        for kind in crds.KINDS
    },
}


def stale(root: Path = ROOT) -> list[str]:
    """Return what differs from its registry, is missing, or is a stranger in a generated folder."""
    wrong = [
        name
        for name, render in RENDERERS.items()
        if not (root / name).exists() or (root / name).read_text() != render()
    ]
    folders = {(root / name).parent for name in RENDERERS}
    strangers = [
        str(path.relative_to(root))
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file()
        and path.parent.name != "__pycache__"
        and str(path.relative_to(root)) not in RENDERERS
    ]
    return sorted(wrong + strangers)


def main() -> int:
    """Write every generated file."""
    for name, render in RENDERERS.items():
        path = ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = render()
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            print(f"generate: {name}")
    return 0


def _page(title: str, lines: list[str]) -> str:
    return "\n".join([f"# {title}", "", NOTE, "", *lines, ""])


if __name__ == "__main__":
    sys.exit(main())
