"""`posd keys`: who may use the API. A key's text is shown once; posd keeps its hash."""

import json
import secrets
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from posd import config
from posd.access import SECRET_BYTES, NewKey, digest
from posd.cli_client import AsJson, AskedConfig, Socket, client_at, echo_json, ids, tell, text
from posd.config import DEFAULT_PATH
from posd.model.access_key import Role

PATH: Final = "/posd/v1/keys"

commands = typer.Typer(
    help="Keys that tills, managers and observers present.", no_args_is_help=True
)


@commands.command("list")
def listing(*, as_json: AsJson = False, file: AskedConfig = None, socket: Socket = None) -> None:
    """Every key that opens the API, of the configuration and of the journal; no secret."""
    known = json.loads(client_at(file, socket).get(PATH))["data"]
    if as_json:
        echo_json(known)
        return
    table = Table(
        ids("Id", [key["id"] for key in known]), "Name", "Role", "Lane", "Gives back", "From"
    )
    for key in known:
        most = key["refund_max"]
        table.add_row(
            text(key["id"]),
            text(key["name"]),
            key["role"],
            text(key["lane"] or ""),
            "" if most is None else f"{most} at most" if most else "nothing",
            "configuration" if key["declared"] else "journal",
        )
    Console().print(table if table.row_count else "There is no key: posd keys create.")


@commands.command("create")
def create_key(  # noqa: PLR0913 (each is an option of the command)
    name: Annotated[str, typer.Argument(help="Whose key it is, e.g. 'till 1'.")],
    *,
    role: Annotated[Role, typer.Option(help="What it may do.")],
    lane: Annotated[str | None, typer.Option(help="The lane of a till.")] = None,
    no_refund: Annotated[
        bool, typer.Option("--no-refund", help="It gives nothing back, not its own sales either.")
    ] = False,
    refund_max: Annotated[
        int | None,
        typer.Option(
            min=1, help="It gives back so much of a payment, in minor units (cents), to a card too."
        ),
    ] = None,
    as_json: AsJson = False,
    file: AskedConfig = None,
    socket: Socket = None,
    declare: Annotated[
        bool, typer.Option("--declare", help="Print a [[key]] block instead of asking posd.")
    ] = False,
) -> None:
    """Make a key. It is printed once, on standard output; posd keeps only its hash."""
    if no_refund and refund_max is not None:
        raise typer.BadParameter("--no-refund and --refund-max exclude each other")
    if declare and as_json:
        raise typer.BadParameter("--declare prints a block of the configuration, not --json")
    most = 0 if no_refund else refund_max
    if declare:
        _declare_key(NewKey(name, role, lane, most), file or DEFAULT_PATH)
        return
    fields = {"name": name, "role": role.value} | ({"lane": lane} if lane else {})
    fields |= {} if most is None else {"refund_max": str(most)}
    told = json.loads(client_at(file, socket).post(PATH, fields))
    tell(told, told["key"], as_json=as_json)
    typer.echo(f"Keep it: posd knows only the hash of '{name}' from here on.", err=True)


def _declare_key(new: NewKey, file: Path) -> None:
    """Print what to append to `file`, after reading the file with it appended."""
    mode = config.load(file).mode
    secret = f"posd_{mode}_{secrets.token_urlsafe(SECRET_BYTES)}"
    values: dict[str, str | int] = {
        "name": new.name,
        "role": new.role.value,
        "sha256": digest(secret),
    }
    values |= {"lane": new.lane} if new.lane else {}
    values |= {} if new.refund_max is None else {"refund_max": new.refund_max}
    rows = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
    block = "\n".join(["[[key]]", *rows, ""])
    config.load_with(file, block)
    typer.echo(block)
    typer.echo(f"The key, shown only here: {secret}", err=True)
