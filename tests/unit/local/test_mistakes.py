"""A mistake at the command line is named before anything is made or stored."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from ironbull_local import folder as folders
from ironbull_local.folder import DataFolder
from ironbull_local.main import app


def _said(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, words)
    return done.exit_code, done.output


@pytest.mark.parametrize("speed", ["fast", "0", "-1", "NaN", "1e99"])
def test_a_speed_that_is_none_is_named_at_once(tmp_path: Path, speed: str) -> None:
    code, told = _said("up", "--data", str(tmp_path / "data"), f"--speed={speed}")
    assert code == 1
    assert repr(speed) in told
    assert not (tmp_path / "data").exists()


def test_a_second_platform_stores_no_document_of_the_first(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    file = tmp_path / "documents.yaml"
    file.write_text("apiVersion: v1\n")
    folders.prepare(folder)
    with folders.locked(folder):
        code, told = _said("up", "--data", str(folder.root), "-f", str(file))
    assert code == 1
    assert "folder_in_use" in told


def test_a_kind_that_does_not_exist_is_named_with_those_that_do(tmp_path: Path) -> None:
    code, told = _said("get", "pods", "--data", str(tmp_path / "data"))
    assert code == 1
    assert "'pods'" in told
    assert "strategies" in told


@pytest.mark.parametrize("kind", ["strategies", "strategy", "Strategy", "strat", "tenants", ""])
def test_a_kind_has_its_names_of_kubectl(tmp_path: Path, kind: str) -> None:
    folder = DataFolder(tmp_path / "data")
    folders.prepare(folder)
    assert _said("get", kind, "--data", str(folder.root))[0] == 0


def test_looking_makes_nothing(tmp_path: Path) -> None:
    code, told = _said("get", "--data", str(tmp_path / "typo"))
    assert code == 1
    assert "typo" in told
    assert not (tmp_path / "typo").exists()


def test_applying_nothing_says_how(tmp_path: Path) -> None:
    code, told = _said("apply", "--data", str(tmp_path / "data"))
    assert code == 1
    assert "apply -f" in told
