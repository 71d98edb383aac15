"""`posd support-bundle`: what support asks for, as a file."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from posd.api.support_port import NAME
from posd.cli_client import AsJson, AskedConfig, Socket, client_at, echo_json
from posd.cli_progress import waiting
from posd.clock import SystemClock, utc
from posd.journal.whole_file import written

PATH: Final = "/posd/v1/support-bundle"
TIMEOUT_S: Final = 60.0


def support_bundle(
    target: Annotated[
        Path | None, typer.Argument(help="The zip to write; else one named by the time, here.")
    ] = None,
    *,
    only_list: Annotated[
        bool, typer.Option("--list", help="Tell what would be in it, and write nothing.")
    ] = False,
    as_json: AsJson = False,
    file: AskedConfig = None,
    socket: Socket = None,
) -> None:
    """Write a zip for support: no card data, no key, no order's name is in it."""
    client = client_at(file, socket, TIMEOUT_S)
    if only_list:
        with waiting("Gathering"):
            parts = json.loads(client.get(f"{PATH}?list=true"))["data"]
        _tell(parts, as_json=as_json)
        return
    if as_json:
        raise typer.BadParameter("--json goes with --list")
    with waiting("Gathering"):
        octets = client.get(PATH)
    whole = target or Path(NAME.format(at=utc(SystemClock().wall_ms())))
    with written(whole) as part:
        part.write_bytes(octets)
    typer.echo(f"{whole}: {len(octets)} bytes. Look into it before you send it.")


def _tell(parts: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    """What is in it, part by part, and how large it is in all."""
    if as_json:
        echo_json(parts)
        return
    for one in parts:
        typer.echo(f"{one['bytes']:>9}  {one['name']:<15} {one['means']}")
    typer.echo(f"{sum(one['bytes'] for one in parts):>9}  in all, before it is packed")
