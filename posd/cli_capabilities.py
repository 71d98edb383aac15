"""`posd readers capabilities`: what a reader can do, in one line."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Final
from urllib.parse import quote

import typer

from posd.cli_client import AsJson, AskedConfig, Socket, client_at, echo_json, text

NAMES: Final[Mapping[str, str]] = {
    "refund": "refunds",
    "reversal": "reversals",
    "preauthorisation": "pre-authorisations",
    "capture": "captures",
    "end_of_day": "end of day",
    "abort": "cancel at the terminal",
    "reprint": "receipts again",
}
"""What a store asks about, by the API's word; the rest is between posd and the terminal."""
PROOFS: Final[Mapping[str, str]] = {
    "last_transaction": "last transaction",
    "totals": "totals",
    "none": "none, a person decides",
}


def capabilities(
    reader: Annotated[str, typer.Argument(help="Its id, e.g. tmr_posd_front.")],
    *,
    as_json: AsJson = False,
    file: AskedConfig = None,
    socket: Socket = None,
) -> None:
    """What a reader can do, as far as posd knows, and how it proves an unknown outcome."""
    path = f"/posd/v1/readers/{quote(reader, safe='')}/capabilities"
    told = json.loads(client_at(file, socket).get(path))
    if as_json:
        echo_json(told)
    else:
        typer.echo(text(in_a_line(told)).plain)


def in_a_line(told: Mapping[str, Any]) -> str:
    """E.g. `cards ✔, refunds ✖, proof of outcome: last transaction`."""
    operations = told["operations"]
    marks = [
        f"{name} {'✔' if operations[word]['supported'] else '✖'}" for word, name in NAMES.items()
    ]
    return ", ".join(
        ["cards ✔", *marks, f"proof of outcome: {PROOFS.get(told['outcome_proof'], 'unknown')}"]
    )
