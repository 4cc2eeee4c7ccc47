"""How is the exchange started from the command line?"""

import asyncio
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

import typer

from ironbull_paper.journal import JournalBrokenError
from ironbull_paper.logs import log_as_json
from ironbull_paper.server import Launch, LaunchError, serve

app = typer.Typer(add_completion=False)


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise typer.BadParameter(f"{text!r} is not a decimal number") from None
    if not number.is_finite() or number < 0:
        raise typer.BadParameter(f"{text!r} is not at least 0")
    return number


@app.command()
def main(  # noqa: PLR0917 - typer makes an option of each
    data: Annotated[Path, typer.Option(help="Folder of the journal, keys and ready file.")],
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="0: the last run's port if free, else any.")
    ] = 0,
    speed: Annotated[
        Decimal, typer.Option(parser=_decimal, help="Market seconds per machine second.")
    ] = Decimal(1),
    seed: Annotated[int, typer.Option(help="Equal seeds give equal markets.")] = 7,
    start_index: Annotated[
        int, typer.Option(min=1, help="Trading starts with this hour of the record.")
    ] = 500,
    level_notional: Annotated[
        Decimal, typer.Option(parser=_decimal, help="Mean USDT on a book's best level.")
    ] = Decimal(800),
    admin_token: Annotated[
        str,
        typer.Option(
            envvar="IRONBULL_PAPER_ADMIN_TOKEN",
            help="Token of the control API; without it DATA/admin.token is used or made.",
        ),
    ] = "",
    log_level: Annotated[str, typer.Option(help="debug, info, warning or error.")] = "info",
) -> None:
    """Run a paper exchange that speaks Binance's USD-margined futures API.

    When it listens it writes DATA/endpoint.json {"url", "port", "pid"}. SIGTERM ends it cleanly;
    after a kill it goes on from its journal. Control API: /paper/v1/{clock,accounts,faults}.
    """
    log_as_json(log_level)
    launch = Launch(
        data=data,
        host=host,
        port=port,
        speed=speed,
        seed=seed,
        start_index=start_index,
        level_notional=level_notional,
        admin_token=admin_token,
    )
    try:
        asyncio.run(serve(launch))
    except (LaunchError, JournalBrokenError, ValueError, OSError) as wrong:
        typer.echo(f"ironbull-paper: {wrong}", err=True)
        raise typer.Exit(1) from wrong


if __name__ == "__main__":
    app(prog_name="python -m ironbull_paper")
