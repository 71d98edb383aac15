"""`posd support-bundle`: what support asks for, as a file."""

import json
from pathlib import Path
from typing import Annotated, Final

import typer

from posd.api.support_port import NAME
from posd.cli_client import AskedConfig, Socket, client_at
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
    file: AskedConfig = None,
    socket: Socket = None,
) -> None:
    """Write a zip for support: no card data, no key, no order's name is in it."""
    client = client_at(file, socket, TIMEOUT_S)
    if only_list:
        for one in json.loads(client.get(f"{PATH}?list=true"))["data"]:
            typer.echo(f"{one['bytes']:>9}  {one['name']:<15} {one['means']}")
        return
    octets = client.get(PATH)
    whole = target or Path(NAME.format(at=utc(SystemClock().wall_ms())))
    with written(whole) as part:
        part.write_bytes(octets)
    typer.echo(f"{whole}: {len(octets)} bytes. Look into it before you send it.")
