"""The guide's examples do what the guide says, over a socket, against the real process."""

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
from fixtures.api_desk import PLATFORM, SECRET, STAFF, TENANT_SPEC

from ironbull_app.db import migrate
from ironbull_local.database import RoleUrls

GUIDE: Final = Path(__file__).parents[3] / "docs" / "guides" / "merchant-api.md"
START_SECONDS: Final = 60
EXAMPLE_SECONDS: Final = 60
ALONE_LINES: Final = 30


def examples() -> tuple[str, str]:
    """Return the guide's two blocks of Python: with the client, and without anything."""
    blocks = re.findall(r"^```python\n(.*?)^```", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    with_client, alone = map(str, blocks)
    assert "ironbull" not in alone
    assert len(alone.splitlines()) <= ALONE_LINES
    return with_client, alone


def said(example: str, signer: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-c", example],
        env=signer, capture_output=True, text=True, timeout=EXAMPLE_SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _endpoints(file: Path, process: subprocess.Popen[bytes]) -> dict[str, str]:
    until = time.monotonic() + START_SECONDS
    while not file.exists():
        assert process.poll() is None, "the API process ended"
        assert time.monotonic() < until, "the API process does not listen"
        time.sleep(0.1)
    urls: dict[str, str] = json.loads(file.read_text())
    return urls


def _prepare(urls: dict[str, str]) -> None:
    operator = {"Authorization": f"Bearer {PLATFORM}"}
    with httpx.Client(base_url=urls["platform"], headers=operator) as client:
        body = {"uid": "one", "generation": 1, "spec": TENANT_SPEC}
        client.put("/v1/tenants/acme", json=body).raise_for_status()
        path = "/v1/tenants/acme/merchant-keys/key_of_acme"
        client.put(path, json={"secret": SECRET}).raise_for_status()
    staff = {"Authorization": f"Bearer {STAFF}", "Idempotency-Key": "stock"}
    with httpx.Client(base_url=urls["admin"], headers=staff) as client:
        cards = {"kind": "self", "amount": "100"}
        client.post("/v1/tenants/acme/stock-ups", json=cards).raise_for_status()


def test_the_examples_of_the_guide_run(role_urls: RoleUrls, tmp_path: Path) -> None:
    migrate.upgrade(role_urls.owner)
    (tmp_path / "staff").write_text(STAFF)
    (tmp_path / "platform").write_text(PLATFORM)
    (tmp_path / "master").write_text(b64encode(os.urandom(32)).decode())
    endpoints = tmp_path / "endpoints.json"
    settings = {
        "IRONBULL_DATABASE_URL": role_urls.platform,
        "IRONBULL_TENANT_DATABASE_URL": role_urls.tenant,
        "IRONBULL_MASTER_KEY": str(tmp_path / "master"),
        "IRONBULL_STAFF_TOKEN": str(tmp_path / "staff"),
        "IRONBULL_PLATFORM_TOKEN": str(tmp_path / "platform"),
        "IRONBULL_ENDPOINTS_FILE": str(endpoints),
    }
    command = [sys.executable, "-m", "ironbull_app", "api"]
    with subprocess.Popen(command, env={"PATH": os.environ["PATH"], **settings}) as process:
        try:
            urls = _endpoints(endpoints, process)
            _prepare(urls)
            signer = {"IB_URL": urls["merchant"], "IB_KEY": "key_of_acme", "IB_SECRET": SECRET}
            by_client, by_hand = [said(example, signer) for example in examples()]
        finally:
            process.terminate()
            assert process.wait(30) == 0
    assert by_client.splitlines() == [
        "insufficient_points - Stock up or recharge first; nothing has changed.",
        "90 left in stock",
        "0 orders",
    ]
    balances, orders = by_hand.rsplit("\n", 2)[:2]
    told = json.loads(balances)
    assert told["stock_self"] == "80"
    held = {user["email"]: user["points_self"] for user in told["users"]}
    assert held["ann@example.org"] == held["bob@example.org"] == "10"
    assert orders == "0 orders"
