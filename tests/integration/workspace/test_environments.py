"""What an image holds: each from its own requirements alone, and without what it must not have."""

import json
import subprocess
from pathlib import Path

import pytest
from tools.check import BIN, ROOT

INSTALL_SECONDS = 300
DATABASE_DRIVERS = {
    "aiomysql", "aiosqlite", "alembic", "asyncpg", "mysqlclient", "pg8000", "psycopg",
    "psycopg-binary", "psycopg-pool", "psycopg2", "psycopg2-binary", "pymongo", "pymysql", "redis",
    "sqlalchemy",
}  # fmt: skip
KUBERNETES = {"kopf", "kubernetes", "kubernetes-asyncio"}
IMAGES = [
    ("node", ("contracts/messages", "contracts/kit", "node"), DATABASE_DRIVERS | KUBERNETES),
    ("operator", ("contracts/messages", "contracts/kit", "operator"), DATABASE_DRIVERS | {"ccxt"}),
    ("paper", ("contracts/messages", "services/paper"), DATABASE_DRIVERS | KUBERNETES | {"ccxt"}),
]  # fmt: skip

IMPORT_ALL = """
import importlib, pkgutil, sys
package = importlib.import_module(sys.argv[1])
for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    if not found.name.endswith("__main__"):
        importlib.import_module(found.name)
"""


def uv(*words: str) -> str:
    done = subprocess.run(
        (str(BIN / "uv"), *words),
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(("image", "folders", "forbidden"), IMAGES, ids=[row[0] for row in IMAGES])
def test_an_image_installs_alone_and_without_what_it_must_not_hold(
    tmp_path: Path, image: str, folders: tuple[str, ...], forbidden: set[str]
) -> None:
    venv = tmp_path / "venv"
    uv("venv", "--no-project", "--python", str(BIN / "python"), str(venv))
    into = ("pip", "install", "--python", str(venv), "--no-build-isolation")
    # The builders of nkeys and of the members; an image has them in its build stage only.
    uv(*into, "--require-hashes", "-r", "requirements/bootstrap.txt")
    uv(*into, "--require-hashes", "-r", f"requirements/{image}.txt")
    uv(*into, "--no-deps", *(f"./{folder}" for folder in folders))

    rows = json.loads(uv("pip", "list", "--python", str(venv), "--format", "json"))
    installed = {row["name"].lower() for row in rows}
    assert f"ironbull-{folders[-1].rpartition('/')[2]}" in installed
    assert installed & forbidden == set()
    uv("pip", "check", "--python", str(venv))
    module = f"ironbull_{folders[-1].rpartition('/')[2]}"
    started = subprocess.run(
        (str(venv / "bin" / "python"), "-c", IMPORT_ALL, module),
        capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS,
    )  # fmt: skip
    assert started.returncode == 0, started.stderr
