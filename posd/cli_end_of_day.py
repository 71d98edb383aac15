"""`posd readers end-of-day`: close a reader's day, or say what a person found out about it."""

import json
import time
from typing import Annotated, Any, Final
from urllib.parse import quote

import msgspec
import typer

from posd.cli_client import AsJson, AskedConfig, Socket, client_at, echo_json, text
from posd.closing import DayRuling
from posd.local_client import LocalClient
from posd.page import day_words
from posd.page.commands import for_day
from posd.page.plain import english
from posd.snapshot.day_views import DayView
from posd.snapshot.views import Snapshot

BEGIN_TIMEOUT_S: Final = 60.0
"""The terminal tells its totals first, and may take its time over the command."""
LOOK_S: Final = 1.0
CLOSED: Final = "closed"
IN_PROGRESS: Final = "in_progress"
NOT_CLOSED_STATUS: Final = 1


def end_of_day(
    reader: Annotated[str, typer.Argument(help="Its id, e.g. tmr_posd_front.")],
    *,
    outcome: Annotated[
        DayRuling | None, typer.Option(help="What a person found out where nothing proves it.")
    ] = None,
    reason: Annotated[
        str | None, typer.Option(help="How it was found out; it is kept for good.")
    ] = None,
    as_json: AsJson = False,
    file: AskedConfig = None,
    socket: Socket = None,
) -> None:
    """Close a reader's day and wait until it is; status 1 if it is not closed then.

    With --outcome and --reason: decide an end of day that nothing else can tell.
    """
    if (outcome is None) is not (reason is None):
        raise typer.BadParameter("--outcome and --reason belong together")
    posd = client_at(file, socket, BEGIN_TIMEOUT_S)
    path = f"/posd/v1/readers/{quote(reader, safe='')}/end_of_day"
    if outcome is not None and reason is not None:
        told = json.loads(
            posd.post(f"{path}/resolve", {"outcome": outcome.value, "reason": reason})
        )
    else:
        told = _closed(posd, path)
    if as_json:
        echo_json(told)
    else:
        for sentence in _about(posd, reader):
            typer.echo(text(sentence).plain)
    if outcome is None and told["status"] != CLOSED:
        raise typer.Exit(NOT_CLOSED_STATUS)


def _closed(posd: LocalClient, path: str) -> dict[str, Any]:
    """What became of the end of day that begins, or that was in hand already."""
    told: dict[str, Any] = json.loads(posd.post(path, {}))
    if told["status"] == IN_PROGRESS:
        typer.echo("The terminal closes its day. This may take some minutes.", err=True)
    while told["status"] == IN_PROGRESS:
        time.sleep(LOOK_S)
        told = json.loads(posd.get(path))
    return told


def _about(posd: LocalClient, reader: str) -> list[str]:
    snapshot = msgspec.json.decode(posd.get("/posd/v1/status"), type=Snapshot)
    words = english(snapshot)
    return [
        sentence
        for day in snapshot.days
        if day.reader == reader
        for sentence in (*day_words.about(day, words), *_next(day))
    ]


def _next(day: DayView) -> tuple[str, ...]:
    command = for_day(day)
    return () if command is None else (f"Run: {command}",)
