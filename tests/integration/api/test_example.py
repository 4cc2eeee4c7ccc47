"""The guide's examples do what the guide says, over a socket, against the real process.

All blocks run but the line that starts the platform: here only the API and the paper exchange run,
so no node tries the keys and no order comes.
"""

import json
import os
import re
import subprocess
import sys
import time
from base64 import b64encode
from pathlib import Path
from typing import Final

import httpx
from fixtures.api_desk import PLATFORM, SECRET, STAFF
from fixtures.paper_process import PaperProcess

from ironbull_app.db import migrate
from ironbull_kit import documents
from ironbull_local.database import RoleUrls
from ironbull_messages.resources import Strategy, Tenant

ROOT: Final = Path(__file__).parents[3]
GUIDE: Final = ROOT / "docs" / "guides" / "merchant-api.md"
EXAMPLE: Final = ROOT / "docs" / "examples" / "one-tenant.yaml"
START: Final = ".venv/bin/ironbull up "
START_SECONDS: Final = 60
EXAMPLE_SECONDS: Final = 60
ALONE_LINES: Final = 30


def script() -> str:
    """Return all blocks as one script, in the guide's order; nothing is waited for."""
    blocks = re.findall(r"^```(sh|python)\n(.*?)^```", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    assert [language for language, _ in blocks] == ["sh"] * 3 + ["python"] * 3
    alone = blocks[-1][1]
    assert "ironbull" not in alone
    assert len(alone.splitlines()) <= ALONE_LINES
    return "set -e\n" + "".join(_run(language, text) for language, text in blocks)


def _run(language: str, text: str) -> str:
    if language == "sh":
        lines = text.splitlines(keepends=True)
        return "".join(line for line in lines if not line.startswith(START))
    without_waiting = text.replace('"bob@example.org", 120', '"bob@example.org", 1')
    return f"echo ==; .venv/bin/python - <<'END'\n{without_waiting}END\n"


def said(data: Path) -> list[str]:
    """Run the guide and return what each block of Python printed."""
    done = subprocess.run(
        ["/bin/sh", "-c", script()], cwd=ROOT, env={**os.environ, "DATA": str(data)},
        capture_output=True, text=True, timeout=EXAMPLE_SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.split("==\n")[1:]


def _endpoints(file: Path, process: subprocess.Popen[bytes]) -> dict[str, str]:
    until = time.monotonic() + START_SECONDS
    while not file.exists():
        assert process.poll() is None, "the API process ended"
        assert time.monotonic() < until, "the API process does not listen"
        time.sleep(0.1)
    urls: dict[str, str] = json.loads(file.read_text())
    return urls


def _prepare(urls: dict[str, str]) -> None:
    """Apply the example's tenant and strategy, as `ironbull up -f` does."""
    operator = {"Authorization": f"Bearer {PLATFORM}"}
    with httpx.Client(base_url=urls["platform"], headers=operator) as client:
        for one in documents.load(EXAMPLE):
            path = "/v1/tenants/aurora"
            if isinstance(one, Strategy):
                path = f"{path}/strategies/{one.metadata.name}"
            if isinstance(one, Tenant | Strategy):
                spec = one.spec.model_dump(mode="json", by_alias=True, exclude_none=True)
                body = {"uid": one.metadata.name, "generation": 1, "spec": spec}
                client.put(path, json=body).raise_for_status()
        key = client.put("/v1/tenants/aurora/merchant-keys/key_of_aurora", json={"secret": SECRET})
        key.raise_for_status()


def _folder(data: Path) -> None:
    """Lay out what the guide reads, where `ironbull up` lays it."""
    for name in ("keys", "state", "merchants"):
        (data / name).mkdir()
    (data / "keys" / "staff.token").write_text(STAFF)
    (data / "keys" / "platform.token").write_text(PLATFORM)
    (data / "keys" / "master.key").write_text(b64encode(os.urandom(32)).decode())
    key = {"key_id": "key_of_aurora", "secret": SECRET}
    (data / "merchants" / "aurora.json").write_text(json.dumps(key))


def test_the_examples_of_the_guide_run_and_run_again(role_urls: RoleUrls, tmp_path: Path) -> None:
    migrate.upgrade(role_urls.owner)
    _folder(tmp_path)
    endpoints = tmp_path / "state" / "endpoints.json"
    settings = {
        "IRONBULL_DATABASE_URL": role_urls.platform,
        "IRONBULL_TENANT_DATABASE_URL": role_urls.tenant,
        "IRONBULL_MASTER_KEY": str(tmp_path / "keys" / "master.key"),
        "IRONBULL_STAFF_TOKEN": str(tmp_path / "keys" / "staff.token"),
        "IRONBULL_PLATFORM_TOKEN": str(tmp_path / "keys" / "platform.token"),
        "IRONBULL_ENDPOINTS_FILE": str(endpoints),
    }
    paper = PaperProcess(tmp_path / "paper")
    command = [sys.executable, "-m", "ironbull_app", "api"]
    with subprocess.Popen(command, env={"PATH": os.environ["PATH"], **settings}) as process:
        try:
            paper.start()
            urls = _endpoints(endpoints, process)
            endpoints.write_text(json.dumps({**urls, "paper": paper.url}))
            _prepare(urls)
            by_client, trading, by_hand = said(tmp_path)
            again = said(tmp_path)
        finally:
            paper.stop()
            process.terminate()
            assert process.wait(30) == 0
    assert by_client.splitlines() == [
        "insufficient_points - Stock up or recharge first; nothing has changed.",
        "90 left in stock",
        "0 orders",
    ]
    assert trading.splitlines() == ["account pending_check"]
    balances, orders = by_hand.rsplit("\n", 2)[:2]
    told = json.loads(balances)
    assert told["stock_self"] == "80"
    held = {user["email"]: user["points_self"] for user in told["users"]}
    assert held["ann@example.org"] == held["bob@example.org"] == "10"
    assert orders == "0 orders"
    assert "170 left in stock" in again[0]
