"""`posd readers capture` and `certify`: a terminal, a person, and no running posd.

Both open the device themselves. What they take is in no journal, so they say so, ask first, and
list at the end what stands in the terminal's book.
"""

import asyncio
import os
from contextlib import ExitStack, contextmanager
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from posd.cli_client import text
from posd.clock import SystemClock, utc
from posd.errors import PosdError
from posd.model.money import AGREED_DIGITS, AMOUNT_MAX
from posd_drivers import catalogue
from posd_drivers.card_reader import Step
from posd_drivers.errors import DriverError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TextIO

    from posd.certify.cases import Case, Desk, Finding
    from posd.certify.visit import Place

WARNING: Final = (
    "This takes REAL MONEY from a real card. posd does not know of it, no till is told, and nothing"
    " is reported: what is not taken back is yours to settle."
)
SHARE: Final = (
    "Card data, passwords, the terminal's id and contract are rewritten. Read it before you share"
    " it all the same: a receipt names the shop."
)

ReaderOrUrl = Annotated[
    str, typer.Argument(metavar="READER|URL", help="A reader of the file, or a reader's URL.")
]
NewFile = Annotated[Path, typer.Argument(help="Where the transcript goes; a new file.")]
ConfigFile = Annotated[
    Path | None, typer.Option("--config", help="The configuration file, where posd has one.")
]
Currency = Annotated[str | None, typer.Option(help="Of a URL: what it takes, e.g. eur.")]
AskPassword = Annotated[
    bool,
    typer.Option(
        "--password", help="Ask for the terminal's password, which else is the file's, or 000000."
    ),
]


class TerminalUnreachable(PosdError):
    """The terminal could not be met."""


def capture(
    reader: ReaderOrUrl,
    transcript: NewFile,
    *,
    pay: Annotated[bool, typer.Option("--pay", help="Record a payment too; asks first.")] = False,
    file: ConfigFile = None,
    currency: Currency = None,
    password: AskPassword = False,
) -> None:
    """Record a terminal: log on, its status, its last transaction, on wish a payment."""
    with _terminal(reader, transcript, file, currency, password=password, moves_money=pay) as place:
        from posd.certify.visit import ask, carry_out

        met, readiness = asyncio.run(ask(place, lambda terminal: terminal.readiness()))
        status = "" if readiness.status is None else f", status {readiness.status:02X}"
        typer.echo(f"Terminal {met.registered.terminal_id or 'without an id'}{status}.")
        if not pay:
            return
        takes = place.currency
        amount = _asked_amount(takes)
        outcome = asyncio.run(
            carry_out(place, lambda terminal, hand: terminal.authorize(amount, takes, hand), amount)
        )
        typer.echo(f"The payment: {outcome.words}.")


def certify(
    reader: ReaderOrUrl,
    transcript: NewFile,
    *,
    file: ConfigFile = None,
    currency: Currency = None,
    password: AskPassword = False,
) -> None:
    """Go through twelve cases with a terminal and a person; keep the transcript and a table."""
    with (
        ExitStack() as at_the_end,
        _terminal(reader, transcript, file, currency, password=password, moves_money=True) as place,
    ):
        from posd.certify.cases import Desk

        desk = Desk(place, AtTheTerminal(), _asked_amount(place.currency))
        findings: list[tuple[Case, Finding]] = []
        at_the_end.callback(_conclude, transcript, findings, desk)
        _walk(desk, findings)


class AtTheTerminal:
    """Somebody at the keyboard, who can see the terminal."""

    def waits(self, what: str) -> None:
        """Until Enter is pressed."""
        typer.prompt(f"{what} Then press Enter", default="", show_default=False)

    def agrees(self, question: str) -> bool:
        """Yes or no; no default, so that nobody answers by mistake."""
        return typer.confirm(question, default=None)


@contextmanager
def _terminal(
    reader: str,
    transcript: Path,
    file: Path | None,
    currency: str | None,
    *,
    password: bool,
    moves_money: bool,
) -> "Iterator[Place]":
    """The terminal, ours alone; whatever happens, what was recorded is kept."""
    from posd.certify.place import Wanted, find, held
    from posd.certify.visit import Place

    typed = typer.prompt("Password of the terminal", hide_input=True) if password else None
    found = find(Wanted(reader, file, currency, typed), os.environ)
    address = catalogue.parse_url(found.url)
    recording = catalogue.new_recording(address)
    open_reader = partial(catalogue.open_recorded, address, found.settings, recording)
    with held(found, moves_money=moves_money), _new(transcript) as kept:
        try:
            yield Place(open_reader, found.settings.currency, recording, _on_step)
        except DriverError as error:
            raise TerminalUnreachable(f"{found.url}: {type(error).__name__}: {error}") from error
        finally:
            day = utc(SystemClock().wall_ms()).date().isoformat()
            kept.write(recording.as_text(f"captured on {day}"))
            typer.echo(f"{transcript}: kept. {SHARE}")


def _new(transcript: Path) -> "TextIO":
    """The file, made before anything is sent: what was heard must not be lost for want of it."""
    try:
        return transcript.open("x", encoding="utf-8")
    except OSError as error:
        raise typer.BadParameter(f"{transcript}: {error.strerror}") from error


def _on_step(step: Step) -> None:
    typer.echo(f"  … {step.value.replace('_', ' ')}")


def _asked_amount(currency: str) -> int:
    """What the person types after the warning, in minor units of the currency."""
    typer.echo(WARNING)
    digits = AGREED_DIGITS[currency]
    typed = typer.prompt(f"Amount to take, in {currency.upper()}")
    try:
        minor = Decimal(typed).scaleb(digits)
    except InvalidOperation as error:
        raise typer.BadParameter(f"{typed!r} is no amount") from error
    if minor != minor.to_integral_value() or not 0 < minor <= AMOUNT_MAX:
        raise typer.BadParameter(f"{typed!r} is no amount that can be taken")
    return int(minor)


def _walk(desk: "Desk", findings: "list[tuple[Case, Finding]]") -> None:
    """Add what each case came to as it comes: the person may break off at any prompt."""
    from posd.certify.cases import CASES, Finding, Verdict, run

    for number, case in enumerate(CASES, start=1):
        typer.echo(f"\nCase {number} of {len(CASES)}: {case.name}. {case.to_do}")
        if typer.prompt("Enter to begin, s to skip", default="", show_default=False) == "s":
            finding = Finding(Verdict.SKIPPED, "by the person")
        else:
            finding = run(case, desk)
        typer.echo(f"  {finding.verdict.value}: {finding.told}")
        findings.append((case, finding))


def _conclude(transcript: Path, findings: "Sequence[tuple[Case, Finding]]", desk: "Desk") -> None:
    """Keep and show what was found, and what stands in the terminal's book."""
    with transcript.open("a", encoding="utf-8") as kept:
        kept.writelines(f"\n# case {number} {row}" for number, row in _rows(findings))
        kept.write("\n")
    _show(findings, desk)


def _rows(findings: "Sequence[tuple[Case, Finding]]") -> list[tuple[int, str]]:
    return [
        (number, f"{case.name}: {finding.verdict.value}, {finding.told}")
        for number, (case, finding) in enumerate(findings, start=1)
    ]


def _show(findings: "Sequence[tuple[Case, Finding]]", desk: "Desk") -> None:
    table = Table("", "Case", "", "What was seen")
    for number, (case, finding) in enumerate(findings, start=1):
        table.add_row(str(number), case.name, finding.verdict.value, text(finding.told))
    console = Console()
    console.print(table)
    for sale in desk.taken:
        console.print(text(f"! Receipt {sale.receipt} stands: take it back at the terminal."))
