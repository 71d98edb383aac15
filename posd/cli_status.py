"""`posd status`: what the status page shows, once or as it changes."""

import json
from collections.abc import Sequence
from time import sleep as pause
from typing import Annotated, Final, NoReturn

import msgspec
import typer
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table

from posd.cli_client import AsJson, AskedConfig, Socket, client_at, text
from posd.errors import PosdError
from posd.local_client import LocalClient, NotRunning
from posd.page import commands, day_words, payment_words, reader_words, stripe_words
from posd.page.plain import english
from posd.page.words import Words
from posd.snapshot.views import LaneView, LocationView, Snapshot

PATH: Final = "/posd/v1/status"
LOOK_S: Final = 1.0
STRIPE_SENTENCES: Final = (stripe_words.upstream, stripe_words.owed, stripe_words.refused)

Watch = Annotated[
    bool, typer.Option("--watch", "-w", help="Go on, and show what changes; Ctrl-C ends it.")
]


def status(
    *,
    watch: Watch = False,
    as_json: AsJson = False,
    file: AskedConfig = None,
    socket: Socket = None,
) -> None:
    """What the status page shows: lanes, readers, last payments, what needs a person."""
    posd = client_at(file, socket)
    if watch:
        _follow(posd, as_json=as_json)
    told = posd.get(PATH)
    if as_json:
        typer.echo(msgspec.json.format(told))
    else:
        Console().print(shown(_decoded(told)))


def shown(snapshot: Snapshot) -> Group:
    """The store on one screen, the verdict first."""
    words = english(snapshot)
    mode = "" if snapshot.livemode else "  TEST MODE"
    heading = text(snapshot.store + mode)
    heading.stylize("bold")
    parts: list[RenderableType] = [heading]
    parts += map(text, (snapshot.verdict.sentence, *snapshot.verdict.details))
    for errand in snapshot.errands:
        amount = words.money(errand.amount, errand.currency)
        payment = f"{amount} at {errand.reader}, order {errand.order or 'unknown'}"
        why = payment_words.reason(errand, words)
        parts.append(text(f"! {payment}, since {words.at(errand.since_ms)}: {why}"))
    if snapshot.lanes:
        parts.append(_lanes(snapshot.lanes, words))
    for day in snapshot.days:
        about = [*day_words.about(day, words), _run(commands.for_day(day))]
        parts.append(text(f"{day.label}: {' '.join(about).strip()}"))
    if reader_words.has_locations(snapshot.locations):
        parts.append(_readers(snapshot.locations, words))
    if snapshot.payments:
        parts.append(_payments(snapshot, words))
    for order in snapshot.orders:
        about = [stripe_words.order(order, words), _run(commands.for_order(order))]
        parts.append(text(f"{order.id}: {' '.join(about).strip()}"))
    return Group(*parts, text(_of_stripe(snapshot, words)))


def _follow(posd: LocalClient, *, as_json: bool) -> NoReturn:
    """Until Ctrl-C; a posd that restarts meanwhile is waited for."""
    console = Console()
    if as_json or not console.is_terminal:
        _follow_lines(posd, as_json=as_json)
    with Live(console=console, screen=True, auto_refresh=False) as screen:
        while True:
            screen.update(_now(posd), refresh=True)
            pause(LOOK_S)


def _now(posd: LocalClient) -> RenderableType:
    try:
        return shown(_decoded(posd.get(PATH)))
    except NotRunning as error:
        return text(str(error))


def _follow_lines(posd: LocalClient, *, as_json: bool) -> NoReturn:
    """A line for each change: the verdict, or with JSON the whole of it."""
    last = None
    while True:
        line = _line(posd, as_json=as_json)
        if line != last:
            typer.echo(line)
            last = line
        pause(LOOK_S)


def _line(posd: LocalClient, *, as_json: bool) -> str:
    """What stands there now but for the time, which alone is no change."""
    try:
        told = posd.get(PATH)
    except PosdError as error:
        return json.dumps({"error": str(error)}) if as_json else text(str(error)).plain
    if as_json:
        snapshot = json.loads(told)
        return json.dumps({name: value for name, value in snapshot.items() if name != "at_ms"})
    verdict = _decoded(told).verdict
    return text(" ".join((verdict.sentence, *verdict.details))).plain


def _decoded(told: bytes) -> Snapshot:
    return msgspec.json.decode(told, type=Snapshot)


def _of_stripe(snapshot: Snapshot, words: Words) -> str:
    told = [say(snapshot.upstream, words) for say in STRIPE_SENTENCES]
    if snapshot.mirror is not None:
        told += [
            stripe_words.mirror(snapshot.mirror, words),
            *stripe_words.untold(snapshot.mirror, words),
        ]
    return " ".join(filter(None, told))


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
