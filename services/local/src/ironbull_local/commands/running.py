"""How is the platform started, looked at and stopped?"""

import asyncio
import os
import signal
import subprocess
import sys
import time
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Final

import typer

from ironbull_kit.nats_users import JWT_SECONDS, MAX_JWT_SECONDS, MIN_JWT_SECONDS
from ironbull_local import folder as folders
from ironbull_local import observed, ports, process, report, view
from ironbull_local.commands import documents
from ironbull_local.commands.options import AsJson, Data, Files, data_folder
from ironbull_local.endpoints import Ports
from ironbull_local.folder import DataFolder
from ironbull_local.observed import Phase
from ironbull_local.stack import Paper
from ironbull_local.up import Options, platform, stop_on_signals
from ironbull_messages.launch import Env
from ironbull_messages.problems import Code, Problem

START_SECONDS: Final = 180.0
STOP_SECONDS: Final = 120.0
SERVE_SECONDS: Final = 30.0
MAX_SPEED: Final = 100_000
_FOLLOW_SECONDS: Final = 0.3

Port = Annotated[int, typer.Option(min=0, max=65535, help="0: the last run's, else any free one.")]
JwtSeconds = Annotated[
    int,
    typer.Option(
        envvar=Env.NATS_JWT_SECONDS.value,
        min=MIN_JWT_SECONDS,
        max=MAX_JWT_SECONDS,
        help="How long NATS credentials of engines and nodes live; they renew them in time.",
    ),
]


def up(
    files: Files = None,
    data: Data = None,
    *,
    speed: Annotated[str, typer.Option(help="Market seconds per machine second.")] = "60",
    seed: Annotated[int, typer.Option(help="Equal seeds give equal paper markets.")] = 7,
    merchant_port: Port = 0,
    admin_port: Port = 0,
    platform_port: Port = 0,
    jwt_seconds: JwtSeconds = JWT_SECONDS,
    detach: Annotated[
        bool, typer.Option("--detach", help="Return when everything is ready; see `ironbull down`.")
    ] = False,
) -> None:
    """Run the platform: PostgreSQL, NATS, a paper exchange, the centre, APIs, engines and nodes.

    It goes on where an earlier run stopped, however that one ended. Ctrl-C stops it in order.
    """
    folder = data_folder(data)
    try:
        options = Options(
            Ports(merchant=merchant_port, admin=admin_port, platform=platform_port),
            Paper(_speed(speed), seed),
            jwt_seconds,
        )
        _refuse_second(folder)
        if files:
            documents.store(folder, files)
        if detach:
            _detach(folder)
        else:
            asyncio.run(_run(folder, options))
    except Problem as problem:
        raise view.fail(problem) from problem


def status(data: Data = None, *, json: AsJson = False) -> None:
    """Show processes, documents and what is wrong; exit 1 when something is."""
    folder = data_folder(data)
    try:
        found = report.make(folder)
    except Problem as problem:
        raise view.fail(problem) from problem
    if json:
        view.as_json(found.to_json())
    else:
        view.line(f"platform {found.phase.value} in {folder.root}")
        view.table(("PROCESS", "STATE", "PID", "STARTS", "LOG"), found.process_rows())
        view.table(("DOCUMENT", "OUTCOME", "PROBLEM"), found.document_rows())
        for name, url in found.endpoints.items():
            view.line(f"{name:9} {url}")
        for wrong in found.wrong:
            view.line(f"wrong: {wrong}", "red")
        if not found.wrong:
            view.line("nothing is wrong", "green")
    if found.wrong:
        raise typer.Exit(view.EXIT_WRONG)


def logs(
    name: Annotated[str, typer.Argument(help="A process of `ironbull status`; empty: all.")] = "",
    data: Data = None,
    *,
    follow: Annotated[bool, typer.Option("--follow", help="Go on as they grow.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="How many of each.")] = 20,
) -> None:
    """Print the logs of processes."""
    folder = data_folder(data)
    paths = {row["name"]: Path(row["log"]) for row in report.process_table(folder)}
    listed = set(paths.values())
    paths |= {path.stem: path for path in sorted(folder.logs.glob("*.log")) if path not in listed}
    chosen = {key: path for key, path in paths.items() if key.startswith(name) and path.exists()}
    if not chosen:
        known = ", ".join(paths) or "none yet"
        raise view.fail(Problem(Code.NOT_FOUND, f"no log named {name!r}; there are {known}"))
    for key, path in chosen.items():
        for text in path.read_text(errors="replace").splitlines()[-lines:]:
            typer.echo(f"{key}: {text}" if len(chosen) > 1 else text)
    if follow:
        _follow(chosen)


def down(data: Data = None) -> None:
    """Stop the platform in order and wait until it is gone."""
    folder = data_folder(data)
    pid = folders.holder(folder)
    if not pid:
        raise view.fail(Problem(Code.NOT_RUNNING, f"nobody holds {folder.root}"))
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while folders.holder(folder) is not None:
        if not ports.poll_pause(deadline):
            raise view.fail(
                Problem(Code.PROCESS_FAILED, f"process {pid} did not stop in {STOP_SECONDS:.0f} s")
            )
    view.line("stopped")


async def _run(folder: DataFolder, options: Options) -> None:
    stop = asyncio.Event()
    stop_on_signals(stop)
    async with platform(folder, options, view.done) as running:
        for text in report.welcome(folder, running.endpoints):
            view.line(text)
        await running.wait(stop)
        view.line("stopping")
    view.line("stopped")


def _speed(text: str) -> str:
    """Return a speed as it was written.

    Raises:
        Problem: it is no number above zero.
    """
    try:
        is_right = 0 < Decimal(text) <= MAX_SPEED
    except InvalidOperation:
        is_right = False
    if not is_right:
        told = f"--speed {text!r} is no number above 0 and at most {MAX_SPEED}"
        raise Problem(Code.SETTING_INVALID, told)
    return text


def _refuse_second(folder: DataFolder) -> None:
    """Raise before anything is stored: what runs there would carry it out.

    Raises:
        Problem: `folder_in_use`.
    """
    if (pid := folders.holder(folder)) is not None:
        raise Problem(Code.FOLDER_IN_USE, f"{folder.root} is held by process {pid}")


def _detach(folder: DataFolder) -> None:
    """Start ourselves again without the terminal, and return when that platform is ready."""
    folders.prepare(folder)
    words = [word for word in sys.argv[1:] if word != "--detach"]
    log = folder.logs / "up.log"
    process.rotate(log)
    with log.open("ab") as file:
        started = subprocess.Popen(  # noqa: S603 - ourselves, with our own arguments
            (sys.executable, "-m", "ironbull_local", *words),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    deadline = time.monotonic() + START_SECONDS
    while observed.phase(folder) is not Phase.READY:
        if started.poll() is not None or not ports.poll_pause(deadline):
            raise Problem(Code.PROCESS_FAILED, f"{log} ends with: {process.log_tail(log)}")
    _await_documents(folder)
    for text in report.welcome(folder, folders.read_json(folder.endpoints_file)):
        view.line(text)


def _await_documents(folder: DataFolder) -> None:
    """Wait for a while until engines and members of what was applied serve; say what lacks."""
    deadline = time.monotonic() + SERVE_SECONDS
    while (wrong := report.make(folder).wrong) and ports.poll_pause(deadline):
        pass
    for text in wrong:
        view.line(f"wrong: {text}", "red")


def _follow(paths: dict[str, Path]) -> None:
    places = {key: path.stat().st_size for key, path in paths.items()}
    while True:
        for key, path in paths.items():
            with path.open("rb") as file:
                file.seek(places[key] if path.stat().st_size >= places[key] else 0)
                text = file.read()
                places[key] = file.tell()
            for row in text.decode(errors="replace").splitlines():
                typer.echo(f"{key}: {row}")
        time.sleep(_FOLLOW_SECONDS)
