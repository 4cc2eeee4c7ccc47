"""What the docs show as a document is one: a real API takes it, or refuses it as the text says."""

from pathlib import Path

import pytest
from cluster.documents import Shown, shown
from cluster.kubectl import Kubectl

APPLY = ("apply", "--server-side", "--force-conflicts", "--validate=strict", "--filename=-")


@pytest.mark.parametrize("document", shown(), ids=lambda one: one.place)
def test_a_document_of_the_docs_is_taken_or_refused_as_it_says(
    defined: Kubectl, document: Shown
) -> None:
    spaces = [one for one in document.objects if one["kind"] == "Namespace"]
    missing = {one["metadata"].get("namespace") for one in document.objects} - {None}
    names = missing | {one["metadata"]["name"] for one in spaces}
    for name in names:
        given = f'{{"apiVersion": "v1", "kind": "Namespace", "metadata": {{"name": "{name}"}}}}'
        defined(*APPLY, given=given)
    if document.refused:
        assert document.refused in defined.refusal(*APPLY, "--dry-run=server", given=document.text)
    else:
        defined(*APPLY, "--dry-run=server", given=document.text)


def test_files_and_fenced_blocks_are_found_and_values_are_not(tmp_path: Path) -> None:
    (tmp_path / "docs" / "examples").mkdir(parents=True)
    (tmp_path / "docs" / "examples" / "one.yaml").write_text("apiVersion: v1\nkind: Namespace\n")
    (tmp_path / "README.md").write_text(
        "Text\n```yaml\nlive: {allowed: true}\n```\n"
        "```yaml\n# refused: a word\napiVersion: v1\nkind: Tenant\n```\n```sh\nkind: x\n```\n"
    )
    found = [(one.place, one.refused) for one in shown(tmp_path)]
    assert found == [("docs/examples/one.yaml", ""), ("README.md, block 2", "a word")]


def test_the_examples_are_among_them() -> None:
    places = {one.place for one in shown()}
    assert {"docs/examples/one-tenant.yaml", "docs/examples/two-tenants.yaml"} <= places
    assert "docs/reference/generated/kinds.md, block 3" in places
