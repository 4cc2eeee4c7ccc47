"""What is deleted ends in order on a real API, with a real platform beside it; no pod runs here."""

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest
from cluster import operator_desk
from cluster.operator_desk import SYSTEM, Desk, until
from cluster.places import ROOT

from ironbull_local.database import DATABASE, Role

EXAMPLE = ROOT / "docs" / "examples" / "one-tenant.yaml"
KINDS = ("deployment", "statefulset", "pod", "secret")


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    with operator_desk.running() as made, made.operator():
        yield made


def apply(desk: Desk, tenant: str, **spec: object) -> None:
    """Apply the example under another name, and wait until its member is asked for."""
    desk.kubectl("apply", "--filename=-", given=EXAMPLE.read_text().replace("aurora", tenant))
    if spec:
        patch(desk, tenant, spec)
    until(lambda: "main-0-0" in desk.names("pod", place(tenant)), f"the member's pod of {tenant}")


def patch(desk: Desk, tenant: str, spec: dict[str, Any]) -> None:
    desk.kubectl("patch", "tenant", tenant, "--type=merge", f"--patch={json.dumps({'spec': spec})}")


def place(tenant: str) -> str:
    return f"ironbull-{tenant}"


def reason(desk: Desk, tenant: str) -> str:
    return desk.ready("tenant", tenant).get("reason", "")


def is_gone(desk: Desk, kind: str, name: str, *words: str) -> bool:
    found = desk.kubectl("get", kind, "--output=name", *words)
    return not any(line.endswith(f"/{name}") for line in found.splitlines())


def platform(desk: Desk, path: str) -> Any:
    """Ask the platform as the operator does."""
    ports = json.loads((desk.data / "state/ports.json").read_text())
    token = (desk.data / "keys" / "platform.token").read_text().strip()
    url = f"http://127.0.0.1:{ports['platform']}{path}"
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.get(url, headers=headers, trust_env=False).json()


def execute(desk: Desk, statement: str, tenant: str) -> None:
    """Write into the platform's database as its owner."""
    ports = json.loads((desk.data / "state/ports.json").read_text())
    with psycopg.connect(
        host="127.0.0.1",
        port=ports["postgres"],
        dbname=DATABASE,
        user=Role.OWNER.value,
        password=(desk.data / "keys" / f"{Role.OWNER}.password").read_text().strip(),
        autocommit=True,
    ) as connection:
        connection.execute(statement.encode(), (tenant,))


def open_position(desk: Desk, tenant: str) -> None:
    """Write what a user's open position leaves in the database."""
    execute(
        desk,
        """INSERT INTO exchange_account (tenant_id, id, user_id, venue, feed, label, state,
            key_version, wrapped_key, sealed, key_hash)
        SELECT tenant_id, gen_random_uuid(), root_user_id, 'paper', 'binance-paper', 'savings',
            'ready', 1, '', '', 'hash' FROM tenant WHERE tenant_id = %s""",
        tenant,
    )
    execute(
        desk,
        """INSERT INTO position (tenant_id, id, account_id, symbol, leg, entered, entry_value,
            exited, exit_value, fees_usdt, opened_at, as_of, share, platform_share_to_root)
        SELECT tenant_id, gen_random_uuid(), id, 'BTC-USDT-SWAP', 'LONG', 0.5, 50, 0, 0, 0, now(),
            now(), 0.3, false FROM exchange_account WHERE tenant_id = %s""",
        tenant,
    )


def test_a_retained_tenant_ends_by_itself_and_comes_back(desk: Desk) -> None:
    apply(desk, "boreal")
    uid = desk.get("tenant", "boreal")["metadata"]["uid"]
    desk.kubectl("delete", "tenant", "boreal", "--wait=false")
    until(lambda: is_gone(desk, "tenant", "boreal"), "the tenant gone")
    here = place("boreal")
    left = {kind: desk.names(kind, here) for kind in KINDS}
    assert not any(left.values()), left
    assert desk.names("xn", here) == {"main"}
    assert desk.names("pvc", here) == {"journal-main-0-0"}
    assert "ironbull-merchant-boreal" in desk.names("secret", SYSTEM)
    held = {path for path in platform(desk, "/v1/hashes") if "boreal" in path}
    assert held == {"MerchantKey/boreal"}
    apply(desk, "boreal")
    told = until(lambda: platform(desk, "/v1/hashes").get("Tenant/boreal"), "the tenant again")
    assert not told.startswith(uid)


def test_a_tenant_that_is_not_retained_takes_everything_along(desk: Desk) -> None:
    apply(desk, "cirrus", deletionPolicy="Delete")
    until(lambda: "engine" in desk.names("secret", place("cirrus")), "the engine's credentials")
    desk.kubectl("delete", "tenant", "cirrus", "--wait=false")
    until(lambda: is_gone(desk, "tenant", "cirrus"), "the tenant gone")
    assert is_gone(desk, "namespace", place("cirrus"))
    assert not {name for name in desk.names("secret", SYSTEM) if "cirrus" in name}
    desk.kubectl("apply", "--filename=-", given=EXAMPLE.read_text().replace("aurora", "cirrus"))
    told = until(lambda: desk.ready("tenant", "cirrus"), "why it may not come back")
    assert told["reason"] == "NameTaken"
    assert "books stay closed" in told["message"]


def test_an_open_position_keeps_its_tenant_until_it_is_given_up(desk: Desk) -> None:
    apply(desk, "dorado")
    until(lambda: reason(desk, "dorado") == "EngineStarting", "the tenant told of")
    open_position(desk, "dorado")
    desk.kubectl("delete", "tenant", "dorado", "--wait=false")
    until(lambda: reason(desk, "dorado") == "UnresolvedOrders", "what it waits for")
    told = desk.ready("tenant", "dorado")["message"]
    assert "1 position is open: position LONG 0.5 in BTC-USDT-SWAP of account" in told
    assert "(savings)" in told
    assert "kubectl annotate tenant dorado ironbull.io/force-delete=dorado" in told
    assert "main-0" in desk.names("statefulset", place("dorado"))
    desk.kubectl("annotate", "tenant", "dorado", "ironbull.io/force-delete=somebody")
    desk.kubectl("annotate", "tenant", "dorado", "ironbull.io/force-delete=dorado", "--overwrite")
    until(lambda: is_gone(desk, "tenant", "dorado"), "the tenant gone")


def test_a_tenant_that_drains_comes_to_rest_and_goes_on(desk: Desk) -> None:
    apply(desk, "elara")
    until(lambda: reason(desk, "elara") == "EngineStarting", "the tenant told of")
    open_position(desk, "elara")
    patch(desk, "elara", {"state": "Draining"})
    until(lambda: reason(desk, "elara") == "Draining", "what it waits for")
    drain = desk.get("tenant", "elara")["status"]["drain"]
    assert drain == {"openPositions": 1, "unresolvedOrders": 0, "isDone": False}
    assert "main-0" in desk.names("statefulset", place("elara"))
    execute(desk, "UPDATE position SET closed_at = now() WHERE tenant_id = %s", "elara")
    until(lambda: reason(desk, "elara") == "Drained", "rest")
    assert desk.names("statefulset", place("elara")) == set()
    assert desk.names("pod", place("elara")) == set()
    patch(desk, "elara", {"state": "Active"})
    until(lambda: "main-0" in desk.names("statefulset", place("elara")), "its member again")
    until(lambda: "engine" in desk.names("deployment", place("elara")), "its engine")


def test_a_strategy_that_is_deleted_ends_at_the_platform_and_its_name_comes_again(
    desk: Desk,
) -> None:
    apply(desk, "fornax")
    words = ("strategy", "crossing", f"--namespace={place('fornax')}")
    path = "Strategy/fornax/crossing"

    def held() -> str:
        return str(platform(desk, "/v1/hashes").get(path, ""))

    first = until(held, "the strategy told of")
    desk.kubectl("delete", *words)
    until(lambda: not held(), "the strategy's end told of")
    desk.kubectl("apply", "--filename=-", given=EXAMPLE.read_text().replace("aurora", "fornax"))
    assert until(held, "the next one told of").partition("/")[0] != first.partition("/")[0]


def test_a_member_that_left_is_cut_off(desk: Desk) -> None:
    apply(desk, "gemini")
    secret = desk.get("secret", "main-0", f"--namespace={place('gemini')}")
    creds = base64.b64decode(secret["data"]["nats.creds"]).decode()
    until(lambda: _speaks(desk, creds), "the member let in")
    desk.kubectl("delete", "xn", "main", f"--namespace={place('gemini')}")
    until(lambda: not _speaks(desk, creds), "the member cut off")


def _speaks(desk: Desk, creds: str) -> bool:
    """Tell whether NATS lets somebody in with these credentials."""
    file = desk.folder / "stolen.creds"
    file.write_text(creds)
    ports = json.loads((desk.data / "state/ports.json").read_text())
    script = (
        "import asyncio, nats, sys\n"
        "async def ask():\n"
        "    client = await nats.connect(sys.argv[1], user_credentials=sys.argv[2],\n"
        "        allow_reconnect=False, connect_timeout=5)\n"
        "    await client.close()\n"
        "asyncio.run(ask())\n"
    )
    words = (f"nats://127.0.0.1:{ports['nats']}", str(file))
    done = subprocess.run((sys.executable, "-c", script, *words), capture_output=True, check=False)
    return done.returncode == 0
