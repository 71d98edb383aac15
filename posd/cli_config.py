"""`posd config`: what can be said, an example of it, and what is in force and why."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from posd.cli_client import AsJson, text
from posd.config import DEFAULT_PATH
from posd.config.document import load_from, schema
from posd.config.effective import effective
from posd.config.sources import read

ConfigFile = Annotated[
    Path | None, typer.Option("--config", help="The same, as other commands are told it.")
]

commands = typer.Typer(help="The configuration: what is in force, and why.", no_args_is_help=True)


@commands.command()
def show(
    file: Annotated[Path, typer.Argument(help="The configuration file.")] = DEFAULT_PATH,
    *,
    named: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Every value that is in force, with the file that says it; no secret is shown."""
    found = tuple(effective(load_from(read(named or file))))
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(found)))
        return
    table = Table("Key", "Value", "From")
    for one in found:
        key = f"{one.section}.{one.key}" if one.section else one.key
        table.add_row(text(key), text(one.value), text(one.origin))
    Console().print(table)


@commands.command("schema")
def show_schema() -> None:
    """The JSON Schema of the configuration, for editors and for whoever makes files of it."""
    typer.echo(json.dumps(schema(), indent=2))


@commands.command()
def example() -> None:
    """A configuration with every key, most of them commented out; posd starts with it."""
    typer.echo(files("posd.config").joinpath("example.toml").read_text("utf-8"), nl=False)
