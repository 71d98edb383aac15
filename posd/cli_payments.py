"""`posd payments`: the payments that the journal holds, and how one stands."""

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final
from urllib.parse import quote, urlencode

import typer
from rich.console import Console
from rich.table import Table

from posd.cli_client import AsJson, AskedConfig, Socket, client_at, echo_json, ids, text
from posd.clock import utc
from posd.local_client import LocalClient
from posd.render.locale import Writer

INTENTS: Final = "/v1/payment_intents"
OF_ORDER: Final = "/posd/v1/payments"
STANDING: Final = "/posd/v1/payment_intents"
SHOWN: Final = 20
SHOWN_MAX: Final = 100

commands = typer.Typer(help="The payments that the journal holds.", no_args_is_help=True)


@commands.command("list")
def listing(
    *,
    limit: Annotated[
        int, typer.Option(min=1, max=SHOWN_MAX, help="How many, newest first.")
    ] = SHOWN,
    before: Annotated[
        str | None, typer.Option(help="Those that were made before this one, by its id.")
    ] = None,
    order: Annotated[str | None, typer.Option(help="All of one order instead.")] = None,
    as_json: AsJson = False,
    file: AskedConfig = None,
    socket: Socket = None,
) -> None:
    """The latest payments, or those of an order."""
    if order is not None and before is not None:
        raise typer.BadParameter("--order and --before exclude each other")
    posd = client_at(file, socket)
    asked = {"limit": str(limit)} | ({} if before is None else {"starting_after": before})
    path = f"{INTENTS}?{urlencode(asked)}"
    if order is not None:
        path = f"{OF_ORDER}?{urlencode({'order': order})}"
    found = json.loads(posd.get(path))["data"]
    if as_json:
        echo_json(found)
        return
    writer = _writer(posd)
    numbers = [one.get("payment_intent") or one["id"] for one in found]
    table = Table("Time", ids("Id", numbers), "Amount", "Received", "Status")
    for number, one in zip(numbers, found, strict=True):
        table.add_row(
            _at(one["created"]),
            text(number),
            text(writer.money(one["amount"], one["currency"])),
            text(writer.money(one["amount_received"], one["currency"])),
            text(one["status"].replace("_", " ")),
        )
    Console().print(table if table.row_count else "There is no such payment.")


@commands.command()
def show(
    payment: Annotated[str, typer.Argument(help="Its id, pi_…")],
    *,
    as_json: AsJson = False,
    file: AskedConfig = None,
    socket: Socket = None,
) -> None:
    """How a payment stands, and what there is to do. posd journal history ID has every fact."""
    posd = client_at(file, socket)
    id_ = quote(payment, safe="")
    intent = json.loads(posd.get(f"{INTENTS}/{id_}"))
    standing = json.loads(posd.get(f"{STANDING}/{id_}"))
    if as_json:
        echo_json({"payment_intent": intent, "standing": standing})
        return
    for line in _lines(intent, standing, _writer(posd)):
        typer.echo(text(line).plain)


def _lines(intent: Mapping[str, Any], standing: Mapping[str, Any], writer: Writer) -> Iterator[str]:
    currency = intent["currency"]
    yield f"{intent['id']}: {standing['state'].replace('_', ' ')}, {_at(standing['since'])}"
    yield (
        f"Amount {writer.money(intent['amount'], currency)}, received "
        f"{writer.money(intent['amount_received'], currency)}, made {_at(intent['created'])}"
    )
    for name, value in intent["metadata"].items():
        yield f"{name}: {value}"
    if standing["cashier_text"]:
        yield str(standing["cashier_text"])
    elsewhere = "may" if standing["may_charge_elsewhere"] else "must not"
    yield f"Next: {standing['next'].replace('_', ' ')}. It {elsewhere} be charged elsewhere."


def _writer(posd: LocalClient) -> Writer:
    store = json.loads(posd.get("/posd/v1/status"))
    return Writer(store["locale"], store["time_zone"])


def _at(wall_s: int) -> str:
    """In this machine's zone."""
    return utc(wall_s * 1000).astimezone().isoformat(sep=" ", timespec="seconds")
