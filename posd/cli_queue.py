"""`posd queue`: what is owed to Stripe, and what a person decides about it."""

import json
from collections.abc import Mapping
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
from posd.local_client import LocalClient
from posd.page.plain import english
from posd.queue import EffectRuling
from posd.snapshot.views import Snapshot

PATH: Final = "/posd/v1/queue"

commands = typer.Typer(help="What is owed to Stripe: the queue of reports.", no_args_is_help=True)
Effect = Annotated[str, typer.Argument(help="Its id, as 'posd queue list' tells it.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept for good.")]


@commands.command("list")
def listing(
    *,
    parked: Annotated[bool, typer.Option("--parked", help="Only what waits for a person.")] = False,
    as_json: AsJson = False,
    file: AskedConfig = None,
    socket: Socket = None,
) -> None:
    """What waits for Stripe and what waits for a person, oldest first, each with its cause."""
    posd = client_at(file, socket)
    found = everything(posd, PATH, **({"state": "parked"} if parked else {}))
    if as_json:
        echo_json(found)
        return
    snapshot = msgspec.json.decode(posd.get("/posd/v1/status"), type=Snapshot)
    words = english(snapshot)
    table = Table(
        ids("Id", [item["id"] for item in found]),
        "Tells",
        "Payment",
        "Amount",
        "Owed since",
        "Tries",
        "State",
    )
    for item in found:
        table.add_row(
            text(item["id"]),
            text(item["tells"]),
            text(item["payment_intent"]),
            text(words.money(item["amount"], item["currency"])),
            text(words.at(item["owed_ms"])),
            str(item["tries"]),
            text(_state(item)),
        )
    Console().print(table if table.row_count else "Nothing is owed to Stripe.")


@commands.command()
def retry(
    effect: Effect,
    *,
    reason: Reason,
    as_json: AsJson = False,
    file: AskedConfig = None,
    socket: Socket = None,
) -> None:
    """Send a parked report again, under the key it always had."""
    told = _ruled(client_at(file, socket), effect, EffectRuling.RETRY, reason)
    tell(told, _became(told), as_json=as_json)


@commands.command()
def park(
    effect: Effect,
    *,
    reason: Reason,
    as_json: AsJson = False,
    file: AskedConfig = None,
    socket: Socket = None,
) -> None:
    """Keep a report back until somebody says otherwise."""
    told = _ruled(client_at(file, socket), effect, EffectRuling.PARK, reason)
    tell(told, _became(told), as_json=as_json)


@commands.command("write-off")
def write_off(
    effect: Effect,
    *,
    reason: Reason,
    as_json: AsJson = False,
    file: AskedConfig = None,
    socket: Socket = None,
) -> None:
    """Give a parked report up: this store tells Stripe no more of it."""
    told = _ruled(client_at(file, socket), effect, EffectRuling.WRITE_OFF, reason)
    tell(told, _became(told), as_json=as_json)


def _state(item: Mapping[str, Any]) -> str:
    cause = item["cause"]
    if cause is None:
        return str(item["problem"] or item["state"])
    by = f"HTTP {cause['status']}" if cause["status"] is not None else f"by {cause['actor']}"
    return f"parked, {by}: {cause['message'] or cause['code'] or 'no reason was given'}"


def _ruled(posd: LocalClient, effect: str, ruling: EffectRuling, reason: str) -> dict[str, Any]:
    path = f"{PATH}/{quote(effect, safe='')}/{ruling.value}"
    told: dict[str, Any] = json.loads(posd.post(path, {"reason": reason}))
    return told


def _became(item: Mapping[str, Any]) -> str:
    return f"{item['id']}: {item['state'].replace('_', ' ')}."
