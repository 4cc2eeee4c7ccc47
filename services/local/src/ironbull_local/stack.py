"""Which processes make the platform on one machine, and how is each started?"""

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from ironbull_local import postgres, readiness
from ironbull_local.database import RoleUrls
from ironbull_local.endpoints import Ports
from ironbull_local.environment import Settings, environment
from ironbull_local.folder import DataFolder
from ironbull_local.keys import Keys
from ironbull_local.nats_server import NatsServer
from ironbull_local.ports import LOOPBACK
from ironbull_local.postgres import Postgres
from ironbull_local.process import ProcessSpec, Ready, at_once
from ironbull_local.tether import STOP_SECONDS
from ironbull_messages.launch import CREDS_FILE, EngineLaunch, Env, NodeLaunch
from ironbull_messages.resources import ExecutionNodeSpec
from ironbull_messages.words import VenueType


@dataclass(frozen=True, slots=True)
class Paper:
    """How the paper exchange's market runs.

    Args:
        speed: market seconds per machine second, a decimal.
    """

    speed: str = "60"
    seed: int = 7


@dataclass(frozen=True, slots=True)
class Stack:
    """What all processes are started from.

    Args:
        centre_creds: NATS credentials of the centre's user in the PLATFORM account.
    """

    folder: DataFolder
    ports: Ports
    keys: Keys
    urls: RoleUrls
    centre_creds: Path
    paper: Paper

    def postgres(self, server: Postgres) -> ProcessSpec:
        """Return how PostgreSQL runs."""
        return ProcessSpec(
            "postgres",
            server.command(),
            server.log,
            environment({}),
            ready=readiness.by_session(server),
            before=lambda: postgres.end_left_over(server),
            user=server.user,
            stop_signal=postgres.FAST_SHUTDOWN,
            stop_seconds=postgres.STOP_SECONDS,
        )

    def nats(self, server: NatsServer) -> ProcessSpec:
        """Return how NATS runs."""
        return ProcessSpec(
            "nats",
            server.command(),
            server.log,
            environment({}),
            ready=readiness.by_port(server.port),
        )

    def paper_exchange(self) -> ProcessSpec:
        """Return how the paper exchange runs."""
        data = self.folder.root / "paper"
        data.mkdir(mode=0o700, exist_ok=True)
        options = {
            "--data": data, "--port": self.ports.paper,
            "--speed": self.paper.speed, "--seed": self.paper.seed,
        }  # fmt: skip
        words = [str(word) for pair in options.items() for word in pair]
        return self._python(
            "paper", ("ironbull_paper", *words), {}, readiness.by_port(self.ports.paper)
        )

    def migrate(self) -> ProcessSpec:
        """Return how the database is brought to the newest migration; it ends by itself."""
        settings: Settings = {Env.OWNER_DATABASE_URL: self.urls.owner}
        return self._python("migrate", ("ironbull_app", "migrate"), settings)

    def centre(self) -> ProcessSpec:
        """Return how all central roles run in one process."""
        health = self.folder.state / "centre.health.json"
        settings: Settings = {
            Env.DATABASE_URL: self.urls.platform,
            Env.NATS_URL: self.nats_url,
            Env.NATS_CREDS: self.centre_creds,
            Env.MASTER_KEY: self.keys.master_key,
            Env.CENTRE_SIGNING_KEY: self.keys.signing_key,
            Env.VENUE_URL: self.paper_url,
            Env.HEALTH_FILE: health,
            Env.HEALTH_PORT: 0,
        }
        return self._python(
            "centre",
            ("ironbull_app", "centre"),
            settings,
            readiness.by_health_file(health),
            before=lambda: health.unlink(missing_ok=True),
        )

    def api(self) -> ProcessSpec:
        """Return how the three APIs run in one process."""
        endpoints = self.folder.state / "api.json"
        settings: Settings = {
            Env.DATABASE_URL: self.urls.platform,
            Env.TENANT_DATABASE_URL: self.urls.tenant,
            Env.MASTER_KEY: self.keys.master_key,
            Env.PLATFORM_TOKEN: self.keys.platform_token,
            Env.STAFF_TOKEN: self.keys.staff_token,
            Env.MERCHANT_PORT: self.ports.merchant,
            Env.ADMIN_PORT: self.ports.admin,
            Env.PLATFORM_PORT: self.ports.platform,
            Env.ENDPOINTS_FILE: endpoints,
            Env.NATS_URL: self.nats_url,
            Env.NATS_CREDS: self.centre_creds,
        }
        return self._python(
            "api",
            ("ironbull_app", "api"),
            settings,
            readiness.by_endpoints_file(endpoints),
            before=lambda: endpoints.unlink(missing_ok=True),
        )

    def engine(
        self, tenant: str, token: str, documents: Path, before: Callable[[], None], own: str = ""
    ) -> ProcessSpec:
        """Return how an engine of a tenant runs; `own` is the strategy that has it for itself."""
        place = self.client_folder(token)
        launch = EngineLaunch.model_validate(
            {
                Env.NATS_URL.value: self.nats_url,
                Env.NATS_CREDS.value: place / CREDS_FILE,
                Env.TENANT.value: tenant,
                Env.TOKEN.value: token,
                Env.HEALTH_FILE.value: place / "health.json",
                Env.DOCUMENTS.value: documents,
            }
        )
        name = f"engine/{tenant}/{own}" if own else f"engine/{tenant}"
        return self._client(name, ("ironbull_app", "engine"), launch, before)

    def node(
        self,
        name: str,
        tenant: str,
        token: str,
        *,
        venue: VenueType,
        spec: ExecutionNodeSpec,
        before: Callable[[], None],
    ) -> ProcessSpec:
        """Return how one member of an execution node runs."""
        place = self.client_folder(token)
        launch = NodeLaunch.model_validate(
            {
                Env.NATS_URL.value: self.nats_url,
                Env.NATS_CREDS.value: place / CREDS_FILE,
                Env.TENANT.value: tenant,
                Env.TOKEN.value: token,
                Env.HEALTH_FILE.value: place / "health.json",
                Env.STATE_DIR.value: place,
                Env.VENUE.value: venue,
                Env.VENUE_URL.value: self.paper_url,
                Env.CENTRE_KEY.value: self.keys.signing_public,
                Env.CONCURRENCY.value: spec.concurrency,
                Env.DRAIN_SECONDS.value: spec.drain_timeout_seconds,
            }
        )
        return replace(
            self._client(name, ("ironbull_node",), launch, before), stop_seconds=spec.grace_seconds
        )

    @property
    def nats_url(self) -> str:
        """Where clients of NATS connect."""
        return f"nats://{LOOPBACK}:{self.ports.nats}"

    @property
    def paper_url(self) -> str:
        """Where the paper exchange answers."""
        return f"http://{LOOPBACK}:{self.ports.paper}"

    def client_folder(self, token: str) -> Path:
        """Return the folder of an engine or a member, made when missing."""
        place = self.folder.clients / token
        place.mkdir(mode=0o700, exist_ok=True)
        return place

    def _client(
        self,
        name: str,
        words: tuple[str, ...],
        launch: EngineLaunch | NodeLaunch,
        before: Callable[[], None],
    ) -> ProcessSpec:
        health = launch.health_file
        if health is None:
            raise ValueError(f"{name} has no health file")

        def fresh() -> None:
            health.unlink(missing_ok=True)
            before()

        settings: Settings = {Env(key): value for key, value in launch.to_environment().items()}
        return self._python(name, words, settings, readiness.by_health_file(health), before=fresh)

    def _python(
        self,
        name: str,
        words: tuple[str, ...],
        settings: Settings,
        ready: Ready = at_once,
        *,
        before: Callable[[], None] = lambda: None,
        stop_seconds: float = STOP_SECONDS,
    ) -> ProcessSpec:
        return ProcessSpec(
            name,
            (sys.executable, "-m", *words),
            self.folder.logs / f"{name.replace('/', '-')}.log",
            environment(settings),
            ready=ready,
            before=before,
            stop_seconds=stop_seconds,
        )
