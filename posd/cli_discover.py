"""`posd readers discover`: what is plugged in and not registered, with the URL to register."""

import json
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from typing import Annotated, Any, Final
from urllib.parse import urlencode

import typer
from rich.console import Console

from posd.cli_client import AsJson, AskedConfig, Socket, client_at, echo_json, text
from posd.cli_progress import waiting

PATH: Final = "/posd/v1/readers/discovered"
LOOK_TIMEOUT_S: Final = 90.0
"""A look takes up to 25 s, and waits for another one that runs."""
NAME_CHARACTERS: Final = len("serial number")
ANSWERS: Final[Mapping[str, str]] = {
    "zvt": "a ZVT terminal",
    "zvt_link_only": "perhaps a ZVT terminal: it takes frames, and says nothing",
    "nothing": "nothing that speaks ZVT",
    "not_asked": "could not be asked",
}
"""What a look saw, by the API's word."""


def discover(
    *,
    look: Annotated[
        bool, typer.Option("--look", help="Ask each device who it is: some seconds, no money.")
    ] = False,
    every_port: Annotated[
        bool, typer.Option("--all", help="Serial ports that are not on USB, too.")
    ] = False,
    as_json: AsJson = False,
    file: AskedConfig = None,
    socket: Socket = None,
) -> None:
    """What is plugged in and no reader yet, and the URL to register it with."""
    asked = {name: "true" for name, wish in (("look", look), ("all", every_port)) if wish}
    path = f"{PATH}?{urlencode(asked)}" if asked else PATH
    posd = client_at(file, socket, LOOK_TIMEOUT_S)
    with waiting("Asking each device") if look else nullcontext():
        told = json.loads(posd.get(path))
    if as_json:
        echo_json(told)
        return
    lines = [line for found in told["data"] for line in _lines(found)]
    lines = lines or ["Nothing is plugged in that is not a reader already."]
    console = Console()
    for line in (*lines, *(f"! {sentence}." for sentence in told["not_seen"])):
        console.print(text(line), soft_wrap=True)


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    """One device; each line stays whole, however long, so that its URL can be copied."""
    look = found["look"]
    told = {
        "register": found["registration_code"],
        "serial number": found["serial_number"],
        "port": found["tty"],
        "plugged in at": found["port_path"],
        "answers": look and _answer(look),
        "terminal id": look and look["terminal_id"],
    }
    yield _name(found)
    for name, value in told.items():
        if value is not None:
            yield f"  {name:<{NAME_CHARACTERS}}  {value}"


def _name(found: Mapping[str, Any]) -> str:
    """What it calls itself, and whose it is."""
    if found["vendor_id"] is None:
        return "A serial port"
    said = " ".join(found[word] for word in ("manufacturer", "product") if found[word])
    ids = f"{found['vendor_id']}:{found['product_id']}"
    return f"{said or found['maker'] or 'A USB device'} ({ids})"


def _answer(look: Mapping[str, Any]) -> str:
    """E.g. `a ZVT terminal at 115200 baud, 8N2; status 00`."""
    line = "" if look["baud"] is None else f" at {look['baud']} baud, {look['format']}"
    status = "" if look["status"] is None else f"; status {look['status']:02X}"
    refusal = "" if look["refusal"] is None else f"; refuses with {look['refusal']:02X}"
    trouble = "" if look["trouble"] is None else f": {look['trouble']}"
    return f"{ANSWERS.get(look['answers'], look['answers'])}{line}{status}{refusal}{trouble}"
