"""`posd journal`: copies of the journal, and whether it and they are what was written.

These commands read the journal's file themselves, whether posd runs or not: the service may write
nowhere but in its state directory, and no request over HTTP shall name a file.
"""

import asyncio
import json
import os
import re
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final
from zoneinfo import ZoneInfo

import msgspec
import typer

from posd import config
from posd.cli_client import AsJson, AskedConfig, echo_json, tell, text
from posd.cli_progress import progress
from posd.clock import utc
from posd.errors import AlreadyRunning, Archived, CopyFailed
from posd.local_client import NoPermission

if TYPE_CHECKING:
    from posd.journal.archive import Leaving
    from posd.journal.queries import Queries
    from posd.journal.store import Journal
    from posd.journal.verify import Sound

MONTH: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])", re.ASCII)
NO_FACT_STATUS: Final = 1
STILL_NEEDED_STATUS: Final = 1

commands = typer.Typer(help="The journal: back it up, verify it, archive it.", no_args_is_help=True)


@commands.command()
def backup(
    target: Annotated[Path, typer.Argument(help="The file to make; it must not exist.")],
    *,
    as_json: AsJson = False,
    file: AskedConfig = None,
) -> None:
    """Copy the journal, posd running or not, and verify the copy before it gets its name."""
    from posd.journal.backup import back_up

    with progress("Copying and verifying") as on_progress:
        sound = back_up(_journal_file(_settings(file)), target, on_progress)
    last = f"{sound.until.seq}, {sound.until.hash.hex()}"
    sentence = f"{target}: {sound.facts} facts, verified. Last: {last}"
    tell(_sound(target, sound), sentence, as_json=as_json)


@commands.command()
def verify(
    copy: Annotated[
        Path | None, typer.Argument(help="A backup; without it, the journal itself.")
    ] = None,
    *,
    as_json: AsJson = False,
    file: AskedConfig = None,
) -> None:
    """Read every fact and tell whether it is what was written. Changes nothing."""
    from posd.journal import inspection

    asked = copy or _journal_file(_settings(file))
    with progress("Verifying") as on_progress:
        look = inspection.copy if copy else inspection.journal
        sound = look(asked, on_progress)
    if as_json:
        echo_json(_sound(asked, sound))
        return
    typer.echo(
        f"{asked}: sound. Facts {sound.after.seq + 1} to {sound.until.seq},"
        f" last {sound.until.hash.hex()}"
    )


@commands.command()
def owed(*, as_json: AsJson = False, file: AskedConfig = None) -> None:
    """Tell what is known nowhere but in the journal; status 1 if anything is. Changes nothing.

    A package asks this before it lets the journal go. posd may run, but what it is told meanwhile
    is not counted.
    """
    from posd.journal import inspection

    journal = _journal_file(_settings(file))
    here = inspection.known_only(journal)
    counts = (
        f"not proven or contradicted: {here.undecided}, held and not captured: "
        f"{here.held}, not told to Stripe: {here.owed}, gaps: {here.gaps}"
    )
    found = "nothing is open, and nobody waits to be told" if here.is_nothing else counts
    tell(
        {"file": str(journal)} | msgspec.structs.asdict(here),
        f"{journal}: {found}.",
        as_json=as_json,
    )
    if not here.is_nothing:
        raise typer.Exit(STILL_NEEDED_STATUS)


@commands.command()
def history(
    object_: Annotated[str, typer.Argument(metavar="ID", help="Of a payment, an attempt, …")],
    copy: Annotated[
        Path | None, typer.Argument(help="A backup or an archive; without it, the journal itself.")
    ] = None,
    *,
    as_json: AsJson = False,
    file: AskedConfig = None,
) -> None:
    """What the journal or a copy of it holds about one object, fact by fact."""
    from posd.journal import inspection

    asked = copy or _journal_file(_settings(file))
    with inspection.opened(asked, copied=copy is not None) as facts:
        numbers = facts.history(object_)
        if as_json:
            echo_json([_fact(facts, seq) for seq in numbers])
        else:
            for seq in numbers:
                typer.echo(text(_told(facts, seq)).plain)
    if not numbers:
        typer.echo(f"{asked} has no fact about {text(object_).plain}.", err=True)
        raise typer.Exit(NO_FACT_STATUS)


@commands.command()
def archive(
    target: Annotated[Path, typer.Argument(help="The file to make.")],
    *,
    before: Annotated[str, typer.Option(help="The first month that stays, e.g. 2026-04.")],
    as_json: AsJson = False,
    file: AskedConfig = None,
) -> None:
    """Move the facts of whole old months to a file of their own, verified before they leave.

    Every payment of them must be decided, reported, closed at its terminal and audited. posd must
    be stopped for the last step; until then it may run, and the command can be repeated.
    """
    from posd.journal.archive import write
    from posd.model.business_day import BusinessDay

    if not MONTH.fullmatch(before):
        raise typer.BadParameter("--before is a month, e.g. 2026-04")
    settings = _settings(file)
    journal = _journal_file(settings)
    _check_owner(settings.store.state_dir)
    day = BusinessDay(ZoneInfo(settings.store.time_zone), settings.store.day_ends_at)
    with progress("Writing and verifying"):
        leaving = write(journal, before, day.of, target)
    if leaving is None:
        tell(None, f"The journal holds nothing of before {before}.", as_json=as_json)
        return
    if not as_json:
        held = f"facts {leaving.sound.after.seq + 1} to {leaving.sound.until.seq}"
        typer.echo(f"{target}: {held}, verified. Last: {leaving.sound.until.hash.hex()}")
    _let_go(settings, leaving)
    left = "They left the journal. Its file keeps its size: later months use the room."
    tell(_sound(target, leaving.sound), left, as_json=as_json)


def _told(facts: "Queries", seq: int) -> str:
    """A fact in one line, or where it lies."""
    try:
        entry = facts.entry(seq)
    except Archived as archived:
        return str(archived)
    assert entry is not None, seq
    at = utc(entry.wall_ms).isoformat(timespec="seconds")
    return f"{seq} {at} {entry.kind} by {entry.actor}: {entry.body.decode()}"


def _fact(facts: "Queries", seq: int) -> dict[str, Any]:
    """The same for programs."""
    try:
        entry = facts.entry(seq)
    except Archived as archived:
        return {"seq": seq, "archive": archived.file}
    assert entry is not None, seq
    return {
        "seq": seq,
        "kind": entry.kind,
        "actor": entry.actor,
        "wall_ms": entry.wall_ms,
        "body": json.loads(entry.body),
    }


def _sound(file: Path, sound: "Sound") -> dict[str, Any]:
    return {
        "file": str(file),
        "facts": sound.facts,
        "first_seq": sound.after.seq + 1,
        "last_seq": sound.until.seq,
        "last_hash": sound.until.hash.hex(),
    }


def _check_owner(state_dir: Path) -> None:
    """Raise NoPermission for anybody else, root too: posd could not open what he leaves there."""
    if os.geteuid() != state_dir.stat().st_uid:
        raise NoPermission(
            f"{state_dir} is {state_dir.owner()}'s: runuser -u {state_dir.owner()} -- posd journal"
            " archive …"
        )


def _let_go(settings: config.Config, leaving: "Leaving") -> None:
    """Open the journal as the one posd that may, and take out what lies in the archive."""
    from posd.daemon import open_journal
    from posd.journal.executor import ThreadExecutor
    from posd.journal.lock import StateDirectory

    try:
        state = StateDirectory(settings.store.state_dir)
    except AlreadyRunning as error:
        raise AlreadyRunning(
            f"Nothing has left the journal: {error}. Stop posd, and repeat the command."
        ) from error
    with (
        state,
        closing(ThreadExecutor()) as executor,
        closing(open_journal(settings, executor)) as journal,
    ):
        asyncio.run(_leave(journal, leaving))
        journal.note_high_water()


async def _leave(journal: "Journal", leaving: "Leaving") -> None:
    await journal.let_go(leaving)


def _settings(file: Path | None) -> config.Config:
    return config.load(file or config.DEFAULT_PATH)


def _journal_file(settings: config.Config) -> Path:
    """Where the journal is. Raises CopyFailed if there is none, NoPermission."""
    from posd.daemon import JOURNAL_FILE

    file = settings.store.state_dir / JOURNAL_FILE
    try:
        if not file.exists():
            raise CopyFailed(f"{file} does not exist")
    except PermissionError as error:
        raise NoPermission(f"{file}: only root and posd's own user may read it") from error
    return file
