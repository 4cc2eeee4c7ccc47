"""A member starts from one file on a machine that has nothing else, over TLS."""

import asyncio
import datetime as dt
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cluster.certificates import Authority as Certificates
from fixtures import nats_authority
from fixtures.nats_authority import Authority
from fixtures.node_bench import TENANT, TOKEN, order_task
from fixtures.node_centre import NodeProcess, TinyCentre, lease, tiny_centre
from fixtures.paper_process import PaperProcess

from ironbull_kit import nats_accounts, nats_jwt
from ironbull_messages.bundle import Bundle
from ironbull_messages.words import OrderState, VenueType

WAIT_SECONDS = 30.0
JWT_SECONDS = 300


@pytest.fixture
def certificates(tmp_path: Path) -> Path:
    """Give a folder with an authority and a certificate of NATS."""
    folder = tmp_path / "pki"
    folder.mkdir()
    Certificates(folder, dt.datetime.now(dt.UTC)).sign("nats", "nats", serves=["127.0.0.1"])
    return folder


@pytest.fixture
async def authority(tmp_path: Path, certificates: Path) -> AsyncIterator[Authority]:
    """Give NATS that speaks TLS with who begins so, and plainly with the test."""
    tls = f"""
tls {{
  cert_file: "{certificates / "nats.crt"}"
  key_file: "{certificates / "nats.key"}"
  handshake_first: "100ms"
}}
allow_non_tls: true
"""
    async with nats_authority.running(tmp_path / "authority", tls) as running:
        yield running


@pytest.fixture
async def centre(authority: Authority) -> AsyncIterator[TinyCentre]:
    async with tiny_centre(authority) as serving:
        yield serving


def _bundle(authority: Authority, centre: TinyCentre, ca: str, venue_url: str) -> Bundle:
    return Bundle(
        name="main-0",
        tenant=TENANT,
        token=TOKEN,
        nats_url=authority.url.replace("nats://", "tls://"),
        nats_creds=authority.creds("member", TENANT, TOKEN).read_text(),
        nats_ca=ca,
        venue=VenueType.BINANCE,
        venue_url=venue_url,
        centre_key=centre.seal.key,
    )


class _Alone(NodeProcess):
    """A node with a file and an empty environment."""

    def start(self, **_: str) -> None:
        file = self.folder / "main-0.json"
        with (self.folder / "log.jsonl").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ironbull_node", "--bundle", str(file)],
                env=self.environment,
                stdout=log,
                stderr=log,
            )


def _node(tmp_path: Path, text: bytes) -> _Alone:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "main-0.json").write_bytes(text)
    return _Alone(folder, {})


async def test_a_member_works_from_its_bundle_alone(
    tmp_path: Path,
    authority: Authority,
    centre: TinyCentre,
    paper: PaperProcess,
    certificates: Path,
) -> None:
    ca = (certificates / "ca.crt").read_text()
    node = _node(tmp_path, _bundle(authority, centre, ca, paper.url).to_bytes())
    node.start()
    try:
        await centre.until(lambda: centre.beats, "the first beat")
        (account,) = lease(centre, paper.trader("one"))
        await centre.push()
        await centre.until(lambda: account in centre.reports, "the probe's report")
        task = order_task(account, journal_id=centre.journal_id)
        await centre.send(task)
        (result,) = await centre.ended(task.task_id)
        assert result.state is OrderState.FILLED
        assert await asyncio.to_thread(node.stop) == 0
    finally:
        node.kill()
    state = tmp_path / "elsewhere" / f"ironbull-{TENANT}-main-0"
    assert {"journal.sqlite", "seal.key", "nats.creds"} <= {path.name for path in state.iterdir()}
    assert {path.stat().st_mode & 0o077 for path in state.glob("*.creds")} == {0}


async def test_a_member_renews_its_jwt_and_connects_anew_over_tls(
    tmp_path: Path,
    authority: Authority,
    centre: TinyCentre,
    paper: PaperProcess,
    certificates: Path,
) -> None:
    ca = (certificates / "ca.crt").read_text()
    bundle = _bundle(authority, centre, ca, paper.url)
    centre.renewed = authority.jwt("member", TENANT, TOKEN)
    now, seed = int(time.time()), authority.users[TOKEN]
    old = nats_accounts.member_user_jwt(
        *(authority.accounts[TENANT], nats_jwt.public_key(seed), TENANT, TOKEN),
        now=now - 2 * JWT_SECONDS,  # its time to be renewed has come
        expires_at=now + JWT_SECONDS,
    )
    creds = nats_jwt.credentials(old, seed)
    node = _node(tmp_path, bundle.model_copy(update={"nats_creds": creds}).to_bytes())
    kept = node.folder / f"ironbull-{TENANT}-main-0" / "nats.creds"
    node.start()
    try:
        await centre.until(
            lambda: kept.exists() and centre.renewed in kept.read_text(), "the new JWT"
        )
        beats = len(centre.beats)
        await centre.until(lambda: len(centre.beats) > beats + 1, "beats with it")
    finally:
        node.kill()


async def test_a_server_that_nobody_vouches_for_is_not_spoken_to(
    tmp_path: Path, authority: Authority, centre: TinyCentre, paper: PaperProcess
) -> None:
    strangers = tmp_path / "strangers"
    strangers.mkdir()
    Certificates(strangers, dt.datetime.now(dt.UTC))
    ca = (strangers / "ca.crt").read_text()
    node = _node(tmp_path, _bundle(authority, centre, ca, paper.url).to_bytes())
    node.start()
    try:
        await centre.until(lambda: "CERTIFICATE_VERIFY_FAILED" in node.log, "the refusal")
        assert not centre.hellos
    finally:
        node.kill()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"{}", "nats_creds: Field required"),
        (b"no bundle", "the file: Invalid JSON"),
        (json.dumps({"nats_creds": 5}).encode(), "nats_creds: Input should be a valid string"),
    ],
)
def test_a_broken_bundle_is_named(tmp_path: Path, text: bytes, says: str) -> None:
    node = _node(tmp_path, text)
    node.start()
    assert node.process is not None
    assert node.process.wait(WAIT_SECONDS) == 2
    assert f"--bundle {node.folder / 'main-0.json'}" in node.log
    assert says in node.log


def test_a_missing_bundle_is_named(tmp_path: Path) -> None:
    node = _node(tmp_path, b"")
    (node.folder / "main-0.json").unlink()
    node.start()
    assert node.process is not None
    assert node.process.wait(WAIT_SECONDS) == 2
    assert "No such file or directory" in node.log
