"""What the operator's commands share: how they find a running posd, and how they print."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlencode

import typer
from rich.table import Column
from rich.text import Text

from posd import config
from posd.local_client import TIMEOUT_S, LocalClient
from posd.service.logs import escape

AskedConfig = Annotated[
    Path | None, typer.Option("--config", help="Find the socket in this configuration file.")
]
AsJson = Annotated[bool, typer.Option("--json", help="For programs, as one JSON value.")]
Socket = Annotated[Path | None, typer.Option(help="The running posd's unix socket.")]
_BLANKS: Final = {0x00A0: " ", 0x202F: " "}
"""What locales put inside of a time or an amount, and a terminal need not know."""
PAGE_OBJECTS: Final = 100
STRIPE_TIMEOUT_S: Final = 60.0
"""For what posd asks Stripe meanwhile, twice at most."""


def client_at(file: Path | None, socket: Path | None, timeout_s: float = TIMEOUT_S) -> LocalClient:
    """The running posd: at `socket`, else where `file` says, else in the usual place."""
    if socket is None:
        listen = config.load(file).listen if file else config.ListenConfig()
        socket = listen.socket
    return LocalClient(socket, timeout_s)


def everything(posd: LocalClient, path: str, **asked: str) -> list[dict[str, Any]]:
    """A whole list of the API, page by page."""
    told: list[dict[str, Any]] = []
    while True:
        after = {"starting_after": told[-1]["id"]} if told else {}
        page = json.loads(
            posd.get(f"{path}?{urlencode({'limit': PAGE_OBJECTS, **asked, **after})}")
        )
        told += page["data"]
        if not page["has_more"]:
            return told


def echo_json(told: object) -> None:
    """One JSON value on standard output, ASCII only: nothing in it drives a terminal."""
    typer.echo(json.dumps(told, indent=2))


def tell(told: object, sentence: str, *, as_json: bool) -> None:
    """What became of it: the whole answer for programs, a sentence for people."""
    if as_json:
        echo_json(told)
    else:
        typer.echo(text(sentence).plain)


def ids(header: str, told: Iterable[str]) -> Column:
    """A column whose ids stay whole, however narrow the terminal: they are copied from there."""
    return Column(header, min_width=max(map(len, told), default=0), overflow="fold")


def text(told: str) -> Text:
    """Text that neither rich nor the operator's terminal reads as a command."""
    return Text(escape(told.translate(_BLANKS)))
