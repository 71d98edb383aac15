"""`posd readers`: which there are, what is in force at each, and taking one back."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final
from urllib.parse import quote

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from posd.cli_client import (
    AsJson,
    AskedConfig,
    Socket,
    client_at,
    echo_json,
    everything,
    ids,
    tell,
    text,
)
from posd.clock import utc
from posd.model.reader import AcceptAs
from posd.page import reader_words
from posd.page.plain import english
from posd.snapshot.views import Snapshot

PATH: Final = "/v1/terminal/readers"

commands = typer.Typer(help="The card readers.", no_args_is_help=True)


@commands.command("list")
def listing(*, as_json: AsJson = False, file: AskedConfig = None, socket: Socket = None) -> None:
    """Every reader: posd's own with how it is now, then Stripe's."""
    posd = client_at(file, socket)
    if as_json:
        echo_json(everything(posd, PATH))
        return
    snapshot = msgspec.json.decode(posd.get("/posd/v1/status"), type=Snapshot)
    words = english(snapshot)
    known = [one.id for each in snapshot.locations for one in each.readers]
    known += [one.id for each in snapshot.locations for one in each.cloud_readers]
    table = Table(ids("Id", known), "Label", "Location", "Terminal", "Status")
    for location in snapshot.locations:
        for held in location.readers:
            status = reader_words.status(held, words)
            terminal = text(held.terminal_id or "")
            table.add_row(
                text(held.id), text(held.label), text(location.name or ""), terminal, status
            )
        for cloud in location.cloud_readers:
            told = text(reader_words.cloud_reader(cloud, words))
            table.add_row(text(cloud.id), text(cloud.label), text(location.name), "", told)
    Console().print(table if table.row_count else "There is no reader.")


@commands.command("accept")
def accept_reader(
    reader: Annotated[str, typer.Argument(help="Its id, e.g. tmr_posd_front.")],
    *,
    reason: Annotated[str, typer.Option(help="What was found; it is kept for good.")],
    stranger: Annotated[
        AcceptAs | None, typer.Option("--as", help="What another terminal at its place is to be.")
    ] = None,
    as_json: AsJson = False,
    file: AskedConfig = None,
    socket: Socket = None,
) -> None:
    """Take a quarantined reader back, or another terminal at its place; posd opens it at once."""
    path = f"/posd/v1/readers/{quote(reader, safe='')}/accept"
    fields = {"reason": reason} | ({"as": stranger.value} if stranger else {})
    told = json.loads(client_at(file, socket).post(path, fields))
    sentence = f"{told['id']}: accepted. 'posd status' tells when it takes payments."
    tell(told, sentence, as_json=as_json)


@commands.command("config")
def reader_config(
    reader: Annotated[str, typer.Argument(help="Its id, e.g. tmr_posd_front.")],
    *,
    as_json: AsJson = False,
    file: AskedConfig = None,
    socket: Socket = None,
) -> None:
    """What is in force at a reader: every value, where it comes from and how it stands there."""
    path = f"/posd/v1/readers/{quote(reader, safe='')}/configuration"
    told = json.loads(client_at(file, socket).get(path))
    if as_json:
        echo_json(told)
        return
    console = Console()
    console.print(_in_force(told["settings"]))
    heard_ms, unheard = told["mirror_heard_ms"], told["configuration_unheard"]
    if heard_ms is not None:
        console.print(text(f"Stripe told posd everything last at {_at(heard_ms)}."))
    if unheard is not None:
        console.print(text(f"The location names '{unheard}': posd has not heard of it yet."))


def _in_force(settings: Sequence[Mapping[str, Any]]) -> Table:
    table = Table("Setting", "Value", "From", "Heard", "State")
    for one in settings:
        from_ = filter(None, (one["origin"].replace("_", " "), one["configuration"]))
        table.add_row(
            text(f"{one['section']}.{one['name']}"),
            text(json.dumps(one["value"], ensure_ascii=False)),
            text(" ".join(from_)),
            "" if one["since_ms"] is None else _at(one["since_ms"]),
            text(one["state"].replace("_", " ")),
        )
    return table


def _at(wall_ms: int) -> str:
    """In this machine's zone."""
    return utc(wall_ms).astimezone().isoformat(sep=" ", timespec="seconds")
