"""`posd audit`: the books of business days compared, and charges that are one too many."""

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias
from urllib.parse import quote

import typer
from rich.console import Console
from rich.table import Table
from typer.core import TyperGroup
from typing_extensions import override

from posd.cli_client import AsJson, AskedConfig, Socket, client_at, echo_json, tell, text
from posd.cli_progress import waiting
from posd.clock import utc
from posd.render.locale import Writer

AUDIT: Final = "/posd/v1/audit"
DRAFTS: Final = "/posd/v1/refund_drafts"
AUDIT_TIMEOUT_S: Final = 1_200.0
"""A month of a busy store, with a look at Stripe for each of its days."""
REFUND_TIMEOUT_S: Final = 60.0
NOT_EQUAL_STATUS: Final = 1
PERIOD_COMMAND: Final = "period"
WORDS: Final[Mapping[str, str]] = {
    "equal": "equal",
    "differs": "DIFFERS",
    "not_checked": "not checked",
}
CAUSES: Final[Mapping[str, str]] = {
    "two_payments": "paid twice, before with {other}",
    "charged_after_all": "charged after all: reverse it by hand, receipt {receipt_number}",
    "second_at_stripe": "Stripe has another payment of it, {other}",
    "taken_by_hand": "taken by hand as well, at {other}",
}
"""Why money should go back, by posd's word for it."""

NO_STRIPE: Final = "no_stripe"
_UNTOLD: Final = ("waiting", "parked", "written_off", "not_owed")

Json: TypeAlias = dict[str, Any]


class _PeriodFirst(TyperGroup):
    """`posd audit 2026-11-23` without a word for what is audited."""

    @override
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] != "--help":
            args = [PERIOD_COMMAND, *args]
        return super().parse_args(ctx, args)


audit = typer.Typer(
    cls=_PeriodFirst, help="Compare the books of business days.", no_args_is_help=True
)
drafts = typer.Typer(help="Charges that seem to be one too many.", no_args_is_help=True)
audit.add_typer(drafts, name="drafts")

PeriodArgument = Annotated[
    str, typer.Argument(help="YYYY-MM-DD, YYYY-MM, or YYYY-MM-DD..YYYY-MM-DD.")
]
Reason = Annotated[str, typer.Option(help="Why; it is kept for good.")]
DraftId = Annotated[str, typer.Argument(help="Its id, draft_….")]


@audit.command(PERIOD_COMMAND)
def show(
    period: PeriodArgument,
    *,
    as_csv: Annotated[bool, typer.Option("--csv", help="For the bookkeeper, as it is.")] = False,
    as_json: AsJson = False,
    file: AskedConfig = None,
    socket: Socket = None,
) -> None:
    """Journal, terminals, Stripe and tills beside one another; status 1 unless all is equal."""
    if as_csv and as_json:
        raise typer.BadParameter("--csv and --json exclude each other")
    client = client_at(file, socket, AUDIT_TIMEOUT_S)
    path = f"{AUDIT}/{quote(period, safe='')}"
    with waiting("Comparing the books"):
        told = client.get(f"{path}?format=csv" if as_csv else path)
    if as_csv or as_json:
        sys.stdout.buffer.write(told)
        return
    audited: Json = json.loads(told)
    store = json.loads(client.get("/posd/v1/status"))
    _print(audited, Writer(store["locale"], store["time_zone"]), Console())
    if any(day["agreement"] != "equal" for day in audited["days"]):
        raise typer.Exit(NOT_EQUAL_STATUS)


@audit.command("accept")
def accept(
    period: PeriodArgument,
    export: Annotated[
        Path, typer.Argument(help="What 'posd audit PERIOD --csv' printed.", exists=True)
    ],
    *,
    reason: Annotated[
        str | None, typer.Option(help="Why what is not equal is accepted; it is kept for good.")
    ] = None,
    as_json: AsJson = False,
    file: AskedConfig = None,
    socket: Socket = None,
) -> None:
    """Accept what was exported, for good: these days may leave with an archive some day."""
    form = {"export_sha256": hashlib.sha256(export.read_bytes()).hexdigest()}
    form |= {"reason": reason} if reason is not None else {}
    path = f"{AUDIT}/{quote(period, safe='')}/accept"
    accepted = json.loads(client_at(file, socket).post(path, form))["data"]
    if as_json:
        echo_json(accepted)
        return
    for day in accepted:
        typer.echo(
            f"{day['business_day']}: accepted, {WORDS[day['agreement']]}. "
            f"Facts {day['first_seq']} to {day['last_seq']}, last {day['last_hash']}"
        )


@drafts.command("list")
def show_drafts(
    *, as_json: AsJson = False, file: AskedConfig = None, socket: Socket = None
) -> None:
    """What nobody has decided about yet, oldest first."""
    client = client_at(file, socket)
    found = json.loads(client.get(DRAFTS))["data"]
    if as_json:
        echo_json(found)
        return
    store = json.loads(client.get("/posd/v1/status"))
    writer = Writer(store["locale"], store["time_zone"])
    for draft in found:
        amount = writer.money(draft["amount"], draft["currency"])
        order = draft["order"] or "unknown"
        cause = CAUSES[draft["cause"]].format(**draft)
        typer.echo(f"{draft['id']}: {amount}, order {text(order)}, {text(cause)}")
    if not found:
        typer.echo("Nothing is drafted.")


@drafts.command("approve")
def approve(
    draft: DraftId,
    *,
    reason: Reason,
    reader: Annotated[str | None, typer.Option(help="Give it to its card, at this reader.")] = None,
    as_json: AsJson = False,
    file: AskedConfig = None,
    socket: Socket = None,
) -> None:
    """Have the money go back: where it was taken, without its card, unless a reader is named."""
    form = {"reason": reason} | ({"reader": reader} if reader is not None else {})
    path = f"{DRAFTS}/{quote(draft, safe='')}/approve"
    told = json.loads(client_at(file, socket, REFUND_TIMEOUT_S).post(path, form))
    tell(told, f"{told['id']}: refund {told['refund']} has begun.", as_json=as_json)


@drafts.command("dismiss")
def dismiss(
    draft: DraftId,
    *,
    reason: Reason,
    as_json: AsJson = False,
    file: AskedConfig = None,
    socket: Socket = None,
) -> None:
    """Say that the money need not go back."""
    path = f"{DRAFTS}/{quote(draft, safe='')}/dismiss"
    told = json.loads(client_at(file, socket).post(path, {"reason": reason}))
    tell(told, f"{told['id']}: dismissed.", as_json=as_json)


def _print(audited: Json, writer: Writer, console: Console) -> None:
    for day in audited["days"]:
        console.print(text(f"{day['business_day']}: {WORDS[day['agreement']]}"), style="bold")
        chain = day["chain"]
        if chain is None:
            console.print("Nothing happened.")
            continue
        console.print(
            text(
                f"Facts {chain['first_seq']} to {chain['last_seq']}, verified: "
                f"{chain['first_hash'][:16]}… to {chain['last_hash'][:16]}…"
            )
        )
        if day["periods"]:
            console.print(_periods(day["periods"], writer))
        for line in _differences(day, writer):
            console.print(text(line))


def _periods(periods: Sequence[Json], writer: Writer) -> Table:
    table = Table("Reader", "Closed", "Journal", "Terminal", "Stripe", "Till")
    for one in periods:
        totals = one["terminal"]["totals"]
        closed = "open" if one["closed"] is None else _at(one["closed"])
        sums = (
            None if totals is None else totals["amount"],
            one["stripe"]["guaranteed"]["amount"],
            one["till"]["listed"]["amount"],
        )
        sides = (one["terminal"], one["stripe"], one["till"])
        cells = [
            _cell(side, sum_, one["currency"], writer)
            for side, sum_ in zip(sides, sums, strict=True)
        ]
        journal = writer.money(one["journal"]["amount"], one["currency"])
        table.add_row(text(one["reader"]), closed, journal, *cells)
    return table


def _cell(side: Json, sum_: int | None, currency: str, writer: Writer) -> str:
    """The other side's sum, and what the comparison comes to."""
    word = WORDS[side["agreement"]]
    if side["agreement"] == "not_checked":
        why = ", ".join(side["unchecked"]).replace("_", " ")
        return f"{word}: {why}"
    return word if sum_ is None else f"{writer.money(sum_, currency)} {word}"


def _differences(day: Json, writer: Writer) -> Iterator[str]:
    for one in day["periods"]:
        for side in ("terminal", "stripe", "till"):
            for found in one[side]["differences"]:
                yield f"! {one['reader']}: {_difference(found)}"
            more = one[side]["difference_count"] - len(one[side]["differences"])
            if more:
                yield f"! {one['reader']}: {more} more"
        owed = one["journal"]["with_stripe"]
        for standing in _UNTOLD if NO_STRIPE not in one["stripe"]["unchecked"] else ():
            if owed[standing]["count"]:
                amount = writer.money(owed[standing]["amount"], one["currency"])
                yield f"{one['reader']}: {amount} {standing.replace('_', ' ')} with Stripe"
    for found in day["elsewhere"]:
        yield f"! {_difference(found)}"


def _difference(one: Json) -> str:
    ours, theirs = ("nothing" if one[who] is None else one[who] for who in ("journal", "other"))
    kind = one["kind"].replace("_", " ")
    return f"{one['side']}, {kind}, {one['subject']}: journal {ours}, {one['side']} {theirs}"


def _at(seconds: int) -> str:
    """In this machine's zone."""
    return utc(seconds * 1000).astimezone().isoformat(sep=" ", timespec="minutes")
