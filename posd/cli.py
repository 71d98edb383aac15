"""The operator's commands. The daemon itself never loads this module (see `__main__`)."""

import json
import os
import secrets
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import quote

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from posd import config
from posd.access import SECRET_BYTES, NewKey, digest
from posd.cli_audit import audit
from posd.cli_capabilities import capabilities
from posd.cli_check import check, doctor
from posd.cli_client import AskedConfig, Socket, client_at, text
from posd.cli_config import commands as configuration
from posd.cli_discover import discover
from posd.cli_end_of_day import end_of_day
from posd.cli_journal import commands as journal
from posd.cli_orders import orders
from posd.cli_page import commands as page
from posd.cli_queue import commands as queue
from posd.cli_reconcile import reconcile
from posd.cli_store import store
from posd.cli_support import support_bundle
from posd.cli_terminal import TerminalUnreachable, capture, certify
from posd.cli_tls import commands as tls
from posd.clock import utc
from posd.config import DEFAULT_PATH
from posd.errors import AlreadyRunning, ConfigError, JournalDamaged, JournalFailed, PosdError
from posd.local_client import NoPermission, NotRunning
from posd.model.access_key import Role
from posd.model.reader import AcceptAs
from posd.page import commands, day_words, payment_words, reader_words, stripe_words
from posd.page.plain import english
from posd.page.words import Words
from posd.snapshot.views import LaneView, LocationView, Snapshot

REFUSED_STATUS: Final = 1
TYPER_USAGE_STATUS: Final = 2
STRIPE_SENTENCES: Final = (stripe_words.upstream, stripe_words.owed, stripe_words.refused)

app = typer.Typer(
    help="The payment terminal daemon of a store.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
keys = typer.Typer(help="Keys that tills, managers and observers present.", no_args_is_help=True)
app.add_typer(keys, name="keys")
app.add_typer(configuration, name="config")
app.add_typer(page, name="page")
readers = typer.Typer(help="The card readers.", no_args_is_help=True)
app.add_typer(readers, name="readers")
readers.command()(capture)
readers.command()(certify)
app.add_typer(orders, name="orders")
app.add_typer(audit, name="audit")
app.add_typer(journal, name="journal")
app.add_typer(queue, name="queue")
app.add_typer(tls, name="tls")
app.command()(check)
app.command()(doctor)
app.command("support-bundle")(support_bundle)
app.command("store")(store)
journal.command()(reconcile)
readers.command("end-of-day")(end_of_day)
readers.command("capabilities")(capabilities)
readers.command("discover")(discover)

ConfigFile = Annotated[Path, typer.Option("--config", help="The configuration file.")]


def operate(arguments: Sequence[str]) -> int:
    """The exit status of one command (`__main__` lists them); errors go to standard error."""
    try:
        app(args=list(arguments), prog_name="posd")
    except SystemExit as ended:
        return os.EX_USAGE if ended.code == TYPER_USAGE_STATUS else int(ended.code or 0)
    except PosdError as error:
        sys.stderr.write(f"{error}\n")
        return _status(error)
    return os.EX_OK


@app.command()
def run(*, config: ConfigFile = DEFAULT_PATH) -> None:
    """Run the daemon in the foreground, as systemd does."""
    from posd.daemon import run as run_daemon

    raise typer.Exit(run_daemon(config))


@keys.command("create")
def create_key(  # noqa: PLR0913 (each is an option of the command)
    name: Annotated[str, typer.Argument(help="Whose key it is, e.g. 'till 1'.")],
    *,
    role: Annotated[Role, typer.Option(help="What it may do.")],
    lane: Annotated[str | None, typer.Option(help="The lane of a till.")] = None,
    no_refund: Annotated[
        bool, typer.Option("--no-refund", help="It gives nothing back, not its own sales either.")
    ] = False,
    refund_max: Annotated[
        int | None,
        typer.Option(
            min=1, help="It gives back so much of a payment, in minor units (cents), to a card too."
        ),
    ] = None,
    file: AskedConfig = None,
    socket: Socket = None,
    declare: Annotated[
        bool, typer.Option("--declare", help="Print a [[key]] block instead of asking posd.")
    ] = False,
) -> None:
    """Make a key. It is printed once, on standard output; posd keeps only its hash."""
    if no_refund and refund_max is not None:
        raise typer.BadParameter("--no-refund and --refund-max exclude each other")
    most = 0 if no_refund else refund_max
    if declare:
        _declare_key(NewKey(name, role, lane, most), file or DEFAULT_PATH)
        return
    fields = {"name": name, "role": role.value} | ({"lane": lane} if lane else {})
    fields |= {} if most is None else {"refund_max": str(most)}
    answer = client_at(file, socket).post("/posd/v1/keys", fields)
    typer.echo(json.loads(answer)["key"])
    typer.echo(f"Keep it: posd knows only the hash of '{name}' from here on.", err=True)


@readers.command("accept")
def accept_reader(
    reader: Annotated[str, typer.Argument(help="Its id, e.g. tmr_posd_front.")],
    *,
    reason: Annotated[str, typer.Option(help="What was found; it is kept for good.")],
    stranger: Annotated[
        AcceptAs | None, typer.Option("--as", help="What another terminal at its place is to be.")
    ] = None,
    file: AskedConfig = None,
    socket: Socket = None,
) -> None:
    """Take a quarantined reader back, or another terminal at its place; posd opens it at once."""
    path = f"/posd/v1/readers/{quote(reader, safe='')}/accept"
    fields = {"reason": reason} | ({"as": stranger.value} if stranger else {})
    accepted = json.loads(client_at(file, socket).post(path, fields))["id"]
    typer.echo(f"{accepted}: accepted. 'posd status' tells when it takes payments.")


@readers.command("config")
def reader_config(
    reader: Annotated[str, typer.Argument(help="Its id, e.g. tmr_posd_front.")],
    *,
    file: AskedConfig = None,
    socket: Socket = None,
) -> None:
    """What is in force at a reader: every value, where it comes from and how it stands there."""
    path = f"/posd/v1/readers/{quote(reader, safe='')}/configuration"
    told = json.loads(client_at(file, socket).get(path))
    console = Console()
    console.print(_in_force(told["settings"]))
    heard_ms, unheard = told["mirror_heard_ms"], told["configuration_unheard"]
    if heard_ms is not None:
        console.print(text(f"Stripe told posd everything last at {_at(heard_ms)}."))
    if unheard is not None:
        console.print(text(f"The location names '{unheard}': posd has not heard of it yet."))


@app.command()
def status(*, file: AskedConfig = None, socket: Socket = None) -> None:
    """What the status page shows: lanes, readers, last payments, what needs a person."""
    answer = client_at(file, socket).get("/posd/v1/status")
    _show(msgspec.json.decode(answer, type=Snapshot), Console())


@app.command()
def demo(
    *,
    once: Annotated[bool, typer.Option("--once", help="End after the first payment.")] = False,
    upstream: Annotated[str, typer.Option(help="'stripe' (simulated) or 'none'.")] = "stripe",
    port: Annotated[
        int | None, typer.Option(help="Where the demo's posd listens; 0: any free port.")
    ] = None,
    cardholder: Annotated[
        str, typer.Option(help="'auto': taps by himself; 'manual': waits for a card from a test.")
    ] = "auto",
) -> None:
    """A daemon with a simulated terminal and a simulated Stripe takes its first payment."""
    from posd.demo.stage import Wishes
    from posd.demo.stage import run as run_demo

    raise typer.Exit(run_demo(Wishes(once, upstream, port, cardholder)))


def _status(error: PosdError) -> int:
    match error:
        case ConfigError():
            return os.EX_USAGE
        case NotRunning() | TerminalUnreachable():
            return os.EX_UNAVAILABLE
        case AlreadyRunning():
            return os.EX_TEMPFAIL
        case NoPermission():
            return os.EX_NOPERM
        case JournalDamaged() | JournalFailed():
            return os.EX_SOFTWARE
        case _:
            return REFUSED_STATUS


def _declare_key(new: NewKey, file: Path) -> None:
    """Print what to append to `file`, after reading the file with it appended."""
    mode = config.load(file).mode
    secret = f"posd_{mode}_{secrets.token_urlsafe(SECRET_BYTES)}"
    values: dict[str, str | int] = {
        "name": new.name,
        "role": new.role.value,
        "sha256": digest(secret),
    }
    values |= {"lane": new.lane} if new.lane else {}
    values |= {} if new.refund_max is None else {"refund_max": new.refund_max}
    rows = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
    block = "\n".join(["[[key]]", *rows, ""])
    config.load_with(file, block)
    typer.echo(block)
    typer.echo(f"The key, shown only here: {secret}", err=True)


def _show(snapshot: Snapshot, console: Console) -> None:
    words = english(snapshot)
    upstream = snapshot.upstream
    mode = "" if snapshot.livemode else "  TEST MODE"
    console.print(text(snapshot.store + mode), style="bold")
    for sentence in (snapshot.verdict.sentence, *snapshot.verdict.details):
        console.print(text(sentence))
    for errand in snapshot.errands:
        amount = words.money(errand.amount, errand.currency)
        payment = f"{amount} at {errand.reader}, order {errand.order or 'unknown'}"
        why = payment_words.reason(errand, words)
        console.print(text(f"! {payment}, since {words.at(errand.since_ms)}: {why}"))
    if snapshot.lanes:
        console.print(_lanes(snapshot.lanes, words))
    for day in snapshot.days:
        told = [*day_words.about(day, words), _run(commands.for_day(day))]
        console.print(text(f"{day.label}: {' '.join(told).strip()}"))
    if reader_words.has_locations(snapshot.locations):
        console.print(_readers(snapshot.locations, words))
    if snapshot.payments:
        console.print(_payments(snapshot, words))
    for order in snapshot.orders:
        told = [stripe_words.order(order, words), _run(commands.for_order(order))]
        console.print(text(f"{order.id}: {' '.join(told).strip()}"))
    told = [say(upstream, words) for say in STRIPE_SENTENCES]
    if snapshot.mirror is not None:
        told += [
            stripe_words.mirror(snapshot.mirror, words),
            *stripe_words.untold(snapshot.mirror, words),
        ]
    console.print(text(" ".join(filter(None, told))))


def _in_force(settings: Sequence[Mapping[str, Any]]) -> Table:
    table = Table("Setting", "Value", "From", "Heard", "State")
    for one in settings:
        from_ = filter(None, (one["origin"].replace("_", " "), one["configuration"]))
        table.add_row(
            text(f"{one['section']}.{one['name']}"),
            text(json.dumps(one["value"], ensure_ascii=False)),
            text(" ".join(from_)),
            "" if one["since_ms"] is None else _at(one["since_ms"]),
            text(one["state"].replace("_", " ")),
        )
    return table


def _at(wall_ms: int) -> str:
    """In this machine's zone."""
    return utc(wall_ms).astimezone().isoformat(sep=" ", timespec="seconds")


def _lanes(lanes: Sequence[LaneView], words: Words) -> Table:
    table = Table("Lane", "Reader", "", "", title="Lanes", title_justify="left")
    for lane in lanes:
        reader = lane.reader
        if reader is None:
            table.add_row(text(lane.name), "", "", reader_words.lane(lane, words))
            continue
        told = " ".join(
            (
                reader_words.about(reader, words),
                reader_words.lane(lane, words),
                _run(commands.for_reader(reader)),
            )
        )
        status = reader_words.status(reader, words)
        table.add_row(text(lane.name), text(reader.label), status, text(told.strip()))
    return table


def _run(command: str | None) -> str:
    return f"Run: {command}" if command else ""


def _readers(locations: Sequence[LocationView], words: Words) -> Table:
    table = Table("Location", "Reader", "", "", title="Readers by location", title_justify="left")
    for location in locations:
        name = text(location.name or "none")
        for held in location.readers:
            table.add_row(name, text(held.label), reader_words.status(held, words), "")
        for cloud in location.cloud_readers:
            told = text(reader_words.cloud_reader(cloud, words))
            table.add_row(name, text(cloud.label), told, "Stripe's own, not driven by posd")
        if location.unlisted:
            table.add_row(name, f"{location.unlisted} more", "", "Stripe's own")
    return table


def _payments(snapshot: Snapshot, words: Words) -> Table:
    table = Table("Time", "Amount", "Status", "Order", "Reader", "To Stripe")
    table.title = "Last payments"
    for payment in snapshot.payments:
        table.add_row(
            words.at(payment.at_ms),
            words.money(payment.amount, payment.currency),
            payment_words.status(payment, words),
            text(payment.order or ""),
            text(payment.reader or ""),
            words.text(f"payment.report.{payment.report.value}"),
        )
    return table
