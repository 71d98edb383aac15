"""`posd journal reconcile`: what the journal has lost, and what a manager decides about it."""

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

from posd.cli_client import AsJson, AskedConfig, Socket, client_at, echo_json, text
from posd.clock import utc

PATH: Final = "/posd/v1/reconcile"
CAUSES: Final[Mapping[str, str]] = {
    "behind": "The journal is older than the mark beside it: it was put back, or its log is gone.",
    "diverged": "The journal says something else than it did: another copy was put in its place.",
    "unaccompanied": "The journal came without the mark beside it: it was copied or put back.",
    "other_machine": "The journal was on another machine before. Does that one still run with it?",
    "reported_elsewhere": "Stripe has reports of this journal's that it does not know: this "
    "machine was set back, or another one runs with a copy.",
}
AGREEMENTS: Final[Mapping[str, str]] = {
    "equal": "equal",
    "differs": "differs: compare the receipts",
    "not_checked": "not checked",
}
GAP_OPEN_STATUS: Final = 1


def reconcile(
    *,
    accept: Annotated[
        bool, typer.Option("--accept", help="Accept the gap: posd sends again.")
    ] = False,
    sell: Annotated[
        bool, typer.Option("--sell", help="Let tills sell before Stripe has told what it knows.")
    ] = False,
    reason: Annotated[
        str | None, typer.Option(help="What was found or compared; it is kept for good.")
    ] = None,
    as_json: AsJson = False,
    file: AskedConfig = None,
    socket: Socket = None,
) -> None:
    """What the journal has lost; status 1 while nobody has accepted that.

    With --accept or --sell and a --reason: decide; status 0 once that is on disk.
    """
    if accept and sell:
        raise typer.BadParameter("--accept and --sell exclude each other")
    if (accept or sell) is not (reason is not None):
        raise typer.BadParameter("a decision and its --reason belong together")
    posd = client_at(file, socket)
    if reason is not None:
        told = json.loads(
            posd.post(f"{PATH}/{'accept' if accept else 'sales'}", {"reason": reason})
        )
    else:
        told = json.loads(posd.get(PATH))
    if as_json:
        echo_json(told)
    else:
        _show(told, Console())
    if told["open"] and reason is None:
        raise typer.Exit(GAP_OPEN_STATUS)


def _show(told: Mapping[str, Any], console: Console) -> None:
    restore = told["restore"]
    if restore is None:
        console.print("The journal is complete.")
        return
    for sentence in _sentences(told, restore):
        console.print(text(sentence))
    if told["imported"]:
        console.print(_imported(told["imported"]))
    if restore["terminals"]:
        console.print(_terminals(restore["terminals"]))


def _sentences(told: Mapping[str, Any], restore: Mapping[str, Any]) -> Iterator[str]:
    yield f"{restore['id']}, noticed {_at(restore['noticed'])}. {CAUSES[restore['cause']]}"
    lost = "" if restore["lost_fact"] is None else f"; there was a fact {restore['lost_fact']}"
    yield f"The last fact is {restore['last_fact']}, {_at(restore['last_fact_at'])}{lost}."
    if restore["listed"] is None:
        yield "Stripe has not told yet what it knows of the gap."
    else:
        yield f"Stripe has told all it knows: {len(told['imported'])} payments are imported."
    yield "Tills may sell." if told["sells"] else "Tills may not sell."
    accepted = restore["accepted"]
    if accepted is not None:
        yield f"Accepted {_at(accepted['at'])} by {accepted['by']}: {accepted['reason']}"
    elif told["open"]:
        yield "Nothing is sent to Stripe until a manager accepts the gap: --accept --reason."


def _imported(payments: list[Mapping[str, Any]]) -> Table:
    table = Table("Reported", "Amount", "Refunded", "Order", "Terminal", "Receipt", "At Stripe")
    table.title = "Payments that Stripe has and the journal does not, in minor units"
    for one in payments:
        table.add_row(
            _at(one["reported"]),
            text(f"{one['amount']} {one['currency']}"),
            str(one["amount_refunded"] or ""),
            text(one["order"] or ""),
            text(one["terminal_id"] or ""),
            str(one["receipt"] or ""),
            text(one["payment_record"]),
        )
    return table


def _terminals(sides: list[Mapping[str, Any]]) -> Table:
    table = Table("Reader", "Terminal", "Journal", "Imported", "")
    table.title = "What each terminal adds up, in minor units"
    for side in sides:
        total = side["terminal_amount"]
        table.add_row(
            text(side["reader"]),
            "" if total is None else str(total),
            f"{side['journal_amount']} ({side['journal_count']})",
            f"{side['imported_amount']} ({side['imported_count']})",
            AGREEMENTS[side["agreement"]],
        )
    return table


def _at(wall_s: int) -> str:
    """In this machine's zone."""
    return utc(wall_s * 1000).astimezone().isoformat(sep=" ", timespec="seconds")
