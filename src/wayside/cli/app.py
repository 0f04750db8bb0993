"""The application object, and the one wall at which errors become words and exit codes."""

from __future__ import annotations

import io
import os
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from wayside import __version__
from wayside.cli.audit import audit
from wayside.cli.bench import bench
from wayside.cli.doctor import doctor
from wayside.cli.export import export
from wayside.cli.models import models
from wayside.cli.site import check, init
from wayside.cli.tag import tag
from wayside.cli.up import up
from wayside.cli.user import user
from wayside.domain.errors import WaysideError
from wayside.observe.logging import LEVELS, configure_logging

app = typer.Typer(
    name="wayside",
    help="Tags what happens in video: traffic, crowds, venues. It sees what happens, never who.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(up)
app.command()(tag)
app.command()(init)
app.command()(check)
app.command()(models)
app.command()(doctor)
app.command()(bench)
app.add_typer(export, name="export")
app.add_typer(user, name="user")
app.add_typer(audit, name="audit")


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"wayside {__version__}")  # noqa: T201 - the one thing this option prints
        raise typer.Exit


@app.callback()
def _options(
    ctx: typer.Context,
    log_level: Annotated[
        str, typer.Option(help=f"One of {', '.join(LEVELS)}", envvar="WAYSIDE_LOG_LEVEL")
    ] = "warning",
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version"),
    ] = False,
) -> None:
    if log_level not in LEVELS:
        raise typer.BadParameter(f"'{log_level}' is none of {', '.join(LEVELS)}")
    configure_logging(log_level)
    ctx.obj = log_level  # for a command whose workers log as well


def main() -> None:
    """Runs the command and exits with its code."""
    _print_any_name()
    try:
        try:
            app(prog_name="wayside")
        finally:
            # Here, and not when Python ends: there it could only complain.
            sys.stdout.flush()
    except WaysideError as error:
        _explain(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        Console(stderr=True).print("Interrupted")
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read our output has gone; Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _print_any_name() -> None:
    """A file's name that the terminal cannot show must not cost the run that made it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _explain(error: WaysideError) -> None:
    """What, where, remedy, on standard error: one line each."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(f"[bold red]Error[/] {escape(error.what)}")
    if error.where:
        console.print(f"  where  {escape(error.where)}")
    if error.remedy:
        console.print(f"  try    {escape(error.remedy)}")
