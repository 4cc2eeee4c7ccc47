"""Every member has the same shape, and nothing names a registry's host or a machine's path."""

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
from tools.check import ROOT, distribution, members

MEMBERS = members()
MAX_LINES_OF_A_MEMBER = 25
MAX_LINES_OF_A_FILE = 300
TOP_LEVEL = {
    "contracts", "services", "node", "operator", "crds", "charts", "tests", "docs", "requirements",
    "Makefile", "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "LICENSE", "pyproject.toml",
    ".ci", ".editorconfig", ".gitignore", ".importlinter",
}  # fmt: skip
TEXT = {
    ".py",
    ".toml",
    ".txt",
    ".in",
    ".sh",
    ".md",
    ".yaml",
    ".yml",
    ".json",
    ".cfg",
    ".ts",
    ".vue",
}


def tracked() -> list[Path]:
    listed = subprocess.run(
        ("git", "ls-files", "--cached", "--others", "--exclude-standard"),
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return [path for name in listed.stdout.splitlines() if (path := ROOT / name).is_file()]


def project(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "pyproject.toml").read_text())


def named(folder: Path) -> str:
    return str(folder.relative_to(ROOT))


@pytest.mark.parametrize("folder", MEMBERS, ids=named)
def test_a_member_is_named_after_its_folder_and_has_the_common_shape(folder: Path) -> None:
    text = (folder / "pyproject.toml").read_text()
    found = project(folder)
    name = distribution(folder)
    assert found["project"]["name"] == name
    assert found["project"]["requires-python"] == ">=3.11"
    assert found["project"]["license"] == "Apache-2.0"
    assert found["build-system"] == project(MEMBERS[0])["build-system"]
    assert set(found) == {"project", "build-system"}
    assert len(text.splitlines()) <= MAX_LINES_OF_A_MEMBER
    package = folder / "src" / name.replace("-", "_")
    assert [path for path in (folder / "src").iterdir() if path.is_dir()] == [package]
    assert (package / "__init__.py").read_text().startswith('"""')
    assert (package / "py.typed").exists()


def test_all_members_have_the_version_that_the_chart_installs() -> None:
    # The chart's own version is another: it changes with each change of what it renders.
    (installed,) = re.findall(r"^appVersion: \"?([^\"\n]+)", _chart(), re.MULTILINE)
    assert {project(folder)["project"]["version"] for folder in MEMBERS} == {installed}


def test_every_member_is_known_to_the_set_up_and_the_tools() -> None:
    root = project(ROOT)
    paths = {str(folder.relative_to(ROOT)) for folder in MEMBERS}
    assert set(root["tool"]["uv"]["workspace"]["members"]) == paths
    assert {f"{path}/src" for path in paths} <= set(root["tool"]["mypy"]["mypy_path"])
    setup = (ROOT / "requirements" / "setup.sh").read_text()
    assert all(path in setup for path in paths)
    walls = (ROOT / ".importlinter").read_text()
    packages = [distribution(folder).replace("-", "_") for folder in MEMBERS]
    assert all(f"    {package}\n" in walls for package in packages)


def test_the_operator_folder_does_not_shadow_the_standard_library() -> None:
    assert not (ROOT / "operator" / "__init__.py").exists()


def test_nothing_lies_at_the_top_but_what_the_map_names() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in tracked()} <= TOP_LEVEL


def test_no_source_file_is_longer_than_one_sitting() -> None:
    referee = ROOT / "services/local/src/ironbull_local/referee/referee.py"
    # The referee is one file on purpose: whoever doubts the proof reads one thing.
    long = {
        str(path.relative_to(ROOT)): lines
        for path in tracked()
        if path.suffix == ".py"
        and path != referee
        and (lines := len(path.read_text().splitlines())) > MAX_LINES_OF_A_FILE
    }
    assert long == {}


def test_no_file_names_a_registry_or_a_path_of_a_machine() -> None:
    # Written apart, so that this file does not name them itself.
    hosts = [
        "pypi" + ".org",
        "files.python" + "hosted.org",
        "registry.npm" + "js.org",
        "index" + "-url =",
    ]
    places = ["/" + "root/", "/" + "work/"]
    found = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in tracked()
        if path.suffix in TEXT or path.name == "Makefile"
        for word in hosts + places
        if word in path.read_text(errors="replace")
    ]
    assert found == []


def test_requirements_are_hashed_and_name_no_member() -> None:
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        blocks = re.split(r"\n(?=[a-z0-9])", path.read_text())
        pins = [block for block in blocks if "==" in block.splitlines()[0]]
        assert pins, path
        assert [pin.splitlines()[0] for pin in pins if "--hash=sha256:" not in pin] == []
        assert not [pin for pin in pins if pin.startswith("ironbull")]


def _chart() -> str:
    return (ROOT / "charts" / "ironbull" / "Chart.yaml").read_text()
