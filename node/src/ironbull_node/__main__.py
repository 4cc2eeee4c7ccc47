"""Run one member of an execution node: `python -m ironbull_node`, set up by its environment.

On a machine outside of the cluster one file sets it up: `python -m ironbull_node --bundle FILE`.
"""

import argparse
import asyncio
import os
import sys
from pathlib import Path
from typing import Final

from nats.aio.client import Client

from ironbull_kit import bus, credentials, drain, health, logs
from ironbull_messages import subjects
from ironbull_messages.launch import JOURNAL_FILE, NodeLaunch
from ironbull_messages.problems import Problem
from ironbull_node import bundle, figures
from ironbull_node.beats import RefusedError
from ironbull_node.connection import NatsBus
from ironbull_node.journal import Journal, JournalError
from ironbull_node.keys import GrantError
from ironbull_node.member import Member
from ironbull_node.venue.binance import Binance

EXIT_SETTINGS: Final = 2
EXIT_REFUSED: Final = 3


def main() -> int:
    """Run until SIGTERM; return the exit code."""
    words = _words()
    try:
        launch = (
            NodeLaunch.read(os.environ)
            if words.bundle is None
            else bundle.launch(words.bundle, words.state, os.environ)
        )
        launch.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        credentials.take_longer_lived(launch.nats_creds_source, launch.nats_creds)
        return asyncio.run(_run(launch))
    except Problem as problem:
        sys.stderr.write(f"ironbull_node: {problem}\n{problem.row.way_out}\n")
        return EXIT_SETTINGS
    except (JournalError, GrantError) as error:
        sys.stderr.write(f"ironbull_node: {error}\n")
        return EXIT_SETTINGS
    except RefusedError as error:
        sys.stderr.write(f"ironbull_node: {error}\n")
        return EXIT_REFUSED


def _words() -> argparse.Namespace:
    parser = argparse.ArgumentParser("ironbull_node", description="A member of an execution node.")
    parser.add_argument(
        "--bundle",
        type=Path,
        metavar="FILE",
        help="start from this file alone; without it the environment says everything",
    )
    parser.add_argument(
        "--state",
        type=Path,
        metavar="FOLDER",
        help="where a bundle's journal and keys are kept; default: beside the bundle",
    )
    return parser.parse_args()


async def _run(launch: NodeLaunch) -> int:
    logs.configure(f"node-{launch.token}", launch.log_level)
    stopping = drain.on_signals()
    journal = Journal(launch.state_dir / JOURNAL_FILE)
    venue = Binance(launch.venue_url)
    losses = bus.Losses()
    try:
        client = await bus.connect(
            launch.nats_url,
            launch.nats_creds,
            f"node-{launch.token}",
            subjects.inbox_prefix(launch.token),
            stopping.set,
            losses,
            launch.nats_ca,
        )
        try:
            await _work(
                launch,
                Member(launch, NatsBus(client, launch.token, losses), venue, journal),
                client,
                stopping,
            )
        finally:
            await client.close()
    finally:
        await venue.close()
        await journal.close()
    return 0


async def _work(
    launch: NodeLaunch, member: Member, client: Client, stopping: asyncio.Event
) -> None:
    figures.show(member.figures)
    renewing = asyncio.create_task(
        bus.keep_renewed(client, launch.nats_creds, launch.tenant, launch.token, stopping)
    )
    try:
        async with health.serve(
            launch.health_port, member.missing, launch.health_file, launch.host
        ):
            await member.run(stopping)
    finally:
        stopping.set()
        await renewing


if __name__ == "__main__":
    sys.exit(main())
