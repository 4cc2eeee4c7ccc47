"""What can a person tell the platform on one machine?"""

import typer

from ironbull_local.commands import demo, documents, running

app = typer.Typer(
    name="ironbull",
    help="The whole IronBull platform on one machine, from the YAML that kubectl takes.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
)
app.command()(running.up)
app.command()(documents.apply)
app.command()(documents.get)
app.command()(running.status)
app.command()(running.logs)
app.command()(running.down)
app.command()(demo.demo)
