"""What is generated is fresh, and nothing else lies beside it."""

from pathlib import Path

from tools.generate import RENDERERS, stale


def test_generated_files_are_fresh_and_alone() -> None:
    assert stale() == [], "run make generate"


def test_an_edited_file_and_a_stranger_are_found(tmp_path: Path) -> None:
    for name, render in RENDERERS.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(render())
    edited = tmp_path / next(iter(RENDERERS))
    edited.write_text(edited.read_text() + "by hand\n")
    stranger = edited.with_name("notes.md")
    stranger.write_text("mine")
    assert stale(tmp_path) == sorted(str(p.relative_to(tmp_path)) for p in (edited, stranger))
