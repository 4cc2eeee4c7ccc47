"""Run the command as a module."""

from ironbull_local.main import app

app(prog_name="ironbull")
