"""`posd journal`: copies of the journal, and whether it and they are what was written.

These commands read the journal's file themselves, whether posd runs or not: the service may write
nowhere but in its state directory, and no request over HTTP shall name a file.
"""

from pathlib import Path
from typing import Annotated

import typer

from posd import config
from posd.cli_client import AskedConfig

journal = typer.Typer(help="The journal: back it up, verify it.", no_args_is_help=True)


@journal.command()
def backup(
    target: Annotated[Path, typer.Argument(help="The file to make; it must not exist.")],
    *,
    file: AskedConfig = None,
) -> None:
    """Copy the journal, posd running or not, and verify the copy before it gets its name."""
    from posd.journal.backup import back_up

    sound = back_up(_journal_file(file), target)
    last = f"{sound.until.seq}, {sound.until.hash.hex()}"
    typer.echo(f"{target}: {sound.facts} facts, verified. Last: {last}")


@journal.command()
def verify(
    copy: Annotated[
        Path | None, typer.Argument(help="A backup; without it, the journal itself.")
    ] = None,
    *,
    file: AskedConfig = None,
) -> None:
    """Read every fact and tell whether it is what was written. Changes nothing."""
    from posd.journal import inspection

    asked = copy or _journal_file(file)
    sound = inspection.copy(asked) if copy else inspection.journal(asked)
    typer.echo(
        f"{asked}: sound. Facts {sound.after.seq + 1} to {sound.until.seq},"
        f" last {sound.until.hash.hex()}"
    )


def _journal_file(file: Path | None) -> Path:
    """The journal of the store that `file`, or the usual configuration, describes."""
    from posd.daemon import JOURNAL_FILE

    return config.load(file or config.DEFAULT_PATH).store.state_dir / JOURNAL_FILE
