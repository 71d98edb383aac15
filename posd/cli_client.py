"""What the operator's commands share: how they find a running posd, and how they print."""

from pathlib import Path
from typing import Annotated, Final

import typer
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
STRIPE_TIMEOUT_S: Final = 60.0
"""For what posd asks Stripe meanwhile, twice at most."""


def client_at(file: Path | None, socket: Path | None, timeout_s: float = TIMEOUT_S) -> LocalClient:
    """The running posd: at `socket`, else where `file` says, else in the usual place."""
    if socket is None:
        listen = config.load(file).listen if file else config.ListenConfig()
        socket = listen.socket
    return LocalClient(socket, timeout_s)


def text(told: str) -> Text:
    """Text that neither rich nor the operator's terminal reads as a command."""
    return Text(escape(told.translate(_BLANKS)))
