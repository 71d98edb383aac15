"""`posd check`: would posd start? `posd doctor` asks the same of all around it."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer
from rich.console import Console

from posd.cli_client import AsJson, AskedConfig, Socket, text
from posd.clock import SystemClock
from posd.config import DEFAULT_PATH
from posd.doctor.finding import Finding, Topic, Verdict
from posd.doctor.machine import Machine

MARKS: Final = {Verdict.OK: "ok ", Verdict.FIX: "fix", Verdict.NOT_SEEN: "?  "}
STYLES: Final = {Verdict.OK: "green", Verdict.FIX: "bold red", Verdict.NOT_SEEN: "yellow"}
TO_FIX_STATUS: Final = 1
INDENT: Final = "     "

ConfigFile = Annotated[Path, typer.Option("--config", help="The configuration file.")]


def check(
    file: Annotated[Path, typer.Argument(help="The configuration file.")] = DEFAULT_PATH,
    *,
    named: AskedConfig = None,
    as_json: AsJson = False,
) -> None:
    """Configuration, credentials, state directory and journal: would posd start? Changes nothing.

    Status 64 if something is to fix, 70 if that is the journal, 77 if not all could be seen.
    """
    from posd.doctor.preflight import preflight

    found = told(preflight(this_machine(), named or file), as_json=as_json)
    raise typer.Exit(check_status(found))


def doctor(
    *,
    file: ConfigFile = DEFAULT_PATH,
    socket: Socket = None,
    as_json: AsJson = False,
) -> None:
    """Machine, readers, line to Stripe: each line ok, or what is wrong and what fixes it.

    With or without a running posd; asks it for what it holds, and touches no device of its. Status
    1 if something is to fix.
    """
    from posd.doctor.examination import examination

    found = told(examination(this_machine(), file, socket, SystemClock()), as_json=as_json)
    if any(one.verdict is Verdict.FIX for one in found):
        raise typer.Exit(TO_FIX_STATUS)


def this_machine() -> Machine:
    """The one that this runs on."""
    return Machine(os.geteuid(), os.environ)


def told(findings: Iterable[Finding], *, as_json: bool) -> Sequence[Finding]:
    """Print each as it is found, or all of them as one JSON object; what was printed."""
    if as_json:
        found = tuple(findings)
        is_well = all(one.verdict is Verdict.OK for one in found)
        whole = {"object": "posd.findings", "ok": is_well, "data": found}
        typer.echo(msgspec.json.format(msgspec.json.encode(whole)))
        return found
    console, found_so_far = Console(highlight=False), []
    for one in findings:
        _print(one, console)
        found_so_far.append(one)
    return found_so_far


def check_status(found: Iterable[Finding]) -> int:
    """The exit status for what was found, of sysexits.h."""
    verdicts = {(one.topic, one.verdict) for one in found}
    if (Topic.JOURNAL, Verdict.FIX) in verdicts:
        return os.EX_SOFTWARE
    if any(verdict is Verdict.FIX for _, verdict in verdicts):
        return os.EX_USAGE
    return os.EX_NOPERM if any(v is Verdict.NOT_SEEN for _, v in verdicts) else os.EX_OK


def _print(one: Finding, console: Console) -> None:
    mark = text(MARKS[one.verdict])
    mark.stylize(STYLES[one.verdict])
    console.print(mark, text(f"{one.topic.value}: {one.told}"), soft_wrap=True)
    for fix in one.fix:
        console.print(text(f"{INDENT}→ {fix}"), soft_wrap=True)
