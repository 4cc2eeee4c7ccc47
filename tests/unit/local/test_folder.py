"""A data folder is made once, lifted from older formats, and refused when it is newer."""

import stat
from pathlib import Path

import pytest

from ironbull_local import folder as folders
from ironbull_local.folder import FORMAT, DataFolder
from ironbull_messages.problems import Code, Problem


def test_a_new_folder_has_todays_format(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    folders.prepare(folder)
    assert folders.read_json(folder.format_file)["format"] == FORMAT


def test_a_newer_folder_is_refused_and_left_alone(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    folders.prepare(folder)
    folders.write_json(folder.format_file, {"format": FORMAT + 1, "version": "9.0.0"})
    before = folder.format_file.read_text()
    with pytest.raises(Problem, match=r"9\.0\.0") as refused:
        folders.prepare(folder)
    assert refused.value.code is Code.FOLDER_NEWER
    assert folder.format_file.read_text() == before


def test_an_older_folder_is_lifted_step_by_step(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    folders.prepare(folder)
    folders.write_json(folder.format_file, {"format": FORMAT - 1, "version": "0.0.1"})
    lifted: list[Path] = []
    folders.prepare(folder, {FORMAT - 1: lambda older: lifted.append(older.root)})
    assert lifted == [folder.root]
    assert folders.read_json(folder.format_file)["format"] == FORMAT


def test_a_folder_of_somebody_else_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(Problem) as refused:
        folders.prepare(DataFolder(tmp_path))
    assert refused.value.code is Code.FOLDER_DAMAGED
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_secret_is_made_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "platform.token"
    first = folders.keep_secret(path)
    assert folders.keep_secret(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
