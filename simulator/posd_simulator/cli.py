"""`posd-sim`: the simulators as processes of their own.

Each prints one line of JSON on standard output when it is ready and ends tidily on SIGTERM or
SIGINT.
"""

import re
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from posd_simulator.terminal.habits import NO_HABITS, Habits
from posd_simulator.terminal.profiles import BY_NAME
from posd_simulator.terminal.settings import CURRENCIES, Settings, StorageRule, Wire
from posd_simulator.terminal.transcript import Transcript, load

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)


PASSWORD_DEFAULT = "000000"  # noqa: S105 (in every terminal's manual)
TID_PATTERN = re.compile(r"\d{8}")
PASSWORD_PATTERN = re.compile(r"\d{6}")
STATUS_PATTERN = re.compile(r"[0-9A-Fa-f]{2}")
CLOCK_PATTERN = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
ADDRESS_PATTERN = re.compile(r"(?P<host>[^:]+):(?P<port>\d{1,5})")


class CardholderMode(Enum):
    """Who decides what the cardholder does."""

    AUTO = "auto"
    MANUAL = "manual"


class Printer(Enum):
    """Where receipts come out."""

    PT = "pt"
    ECR = "ecr"


def main() -> None:
    """The command `posd-sim`."""
    app()


@app.command()
def terminal(  # noqa: PLR0913 (one parameter for each option)
    *,
    pty: Annotated[bool, typer.Option("--pty", help="Serve a pty; so it does by itself.")] = False,
    tcp: Annotated[str, typer.Option(help="Serve TCP on HOST:PORT instead; port 0: any.")] = "",
    link: Annotated[Path | None, typer.Option(help="Keep this symlink on the pty.")] = None,
    ledger: Annotated[Path | None, typer.Option(help="File of the terminal's own book.")] = None,
    control: Annotated[int, typer.Option(help="Loopback port of page and control.")] = 0,
    tid: Annotated[str, typer.Option(help="Terminal id, 8 digits.")] = "12345678",
    currency: Annotated[str, typer.Option(help="ISO 4217, lower case.")] = "eur",
    storage_rule: Annotated[StorageRule, typer.Option(help="ZVT's, old or new.")] = StorageRule.OLD,
    baud: Annotated[int, typer.Option(min=9600, help="Line rate of the pty.")] = 9600,
    password: Annotated[str, typer.Option(help="Till password, 6 digits.")] = PASSWORD_DEFAULT,
    cardholder: Annotated[
        CardholderMode, typer.Option(help="auto: taps unless told otherwise.")
    ] = CardholderMode.AUTO,
    tap_after: Annotated[float, typer.Option(min=0, help="Seconds until the tap.")] = 1.0,
    card_timeout: Annotated[float, typer.Option(min=1, help="Seconds to wait for a card.")] = 30.0,
    host_delay: Annotated[float, typer.Option(min=0, help="Seconds its host thinks.")] = 0.3,
    printer: Annotated[Printer, typer.Option("--print", help="Who prints.")] = Printer.ECR,
    print_declines: Annotated[
        bool, typer.Option("--print-declines", help="Give a receipt for a decline too.")
    ] = False,
    tips: Annotated[bool, typer.Option("--tips", help="Take tips.")] = False,
    restarts_at: Annotated[str, typer.Option(help="Restart every night at HH:MM.")] = "",
    status: Annotated[str, typer.Option(help="Terminal status to begin with, hex.")] = "00",
    profile: Annotated[str, typer.Option(help="The habits of a make; see the documents.")] = "",
    script: Annotated[Path | None, typer.Option(help="A day to play, or a recording.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of what is left to chance.")] = 0,
    fault_rate: Annotated[
        float, typer.Option(min=0, max=1, help="Share of messages that meet a fault by chance.")
    ] = 0.0,
) -> None:
    """Run a card terminal that speaks ZVT, on a pty or a TCP port."""
    from posd_simulator.terminal.serve import Station, run

    address = _address(tcp)
    if pty and address:
        raise typer.BadParameter("either --pty or --tcp")
    if currency not in CURRENCIES:
        raise typer.BadParameter(f"{currency!r} is none of {', '.join(CURRENCIES)}")
    if link is not None and not link.parent.is_dir():
        raise typer.BadParameter(f"{link.parent} is no folder")
    settings = Settings(
        wire=Wire.TCP if address else Wire.SERIAL,
        terminal_id=_digits(TID_PATTERN, tid),
        password=_digits(PASSWORD_PATTERN, password),
        currency=currency,
        storage_rule=storage_rule,
        ecr_prints=printer is Printer.ECR,
        prints_declines=print_declines,
        tips=tips,
        restarts_at=_digits(CLOCK_PATTERN, restarts_at) if restarts_at else "",
        habits=_habits(profile),
        card_timeout_s=card_timeout,
        host_delay_s=host_delay,
    )
    station = Station(
        settings=settings,
        tcp=address,
        link=link.absolute() if link else None,
        baud=baud,
        ledger=ledger,
        control_port=control,
        auto=cardholder is CardholderMode.AUTO,
        tap_after_s=tap_after,
        status=int(_digits(STATUS_PATTERN, status), 16),
        script=_transcript(script),
        seed=seed,
        fault_rate=fault_rate,
    )
    try:
        run(station)
    except (OSError, ValueError) as error:
        raise typer.BadParameter(str(error)) from error


@app.command()
def cloud(
    *,
    port: Annotated[int, typer.Option(help="Loopback port; 0: any.")] = 0,
    state: Annotated[Path | None, typer.Option(help="File that survives a restart.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of what is left to chance.")] = 0,
    fault_rate: Annotated[
        float, typer.Option(min=0, max=1, help="Share of requests that meet a fault by chance.")
    ] = 0.0,
    rate_limits: Annotated[
        bool, typer.Option("--rate-limits", help="Limit requests a second as Stripe does.")
    ] = False,
) -> None:
    """Run a stateful stand-in for Stripe's API."""
    from posd_simulator.cloud import serve
    from posd_simulator.cloud.rules.rate_limits import RateLimits

    serve.run(
        port=port,
        state=state,
        seed=seed,
        fault_rate=fault_rate,
        rate_limits=RateLimits() if rate_limits else None,
    )


def _address(tcp: str) -> tuple[str, int] | None:
    if not tcp:
        return None
    parts = ADDRESS_PATTERN.fullmatch(tcp)
    if parts is None:
        raise typer.BadParameter(f"{tcp!r} is not HOST:PORT")
    return parts["host"], int(parts["port"])


def _habits(profile: str) -> Habits:
    if profile and profile not in BY_NAME:
        raise typer.BadParameter(f"{profile!r} is none of {', '.join(BY_NAME)}")
    return BY_NAME[profile].habits if profile else NO_HABITS


def _transcript(script: Path | None) -> Transcript | None:
    if script is None:
        return None
    try:
        return load(script)
    except (OSError, ValueError) as error:
        raise typer.BadParameter(str(error)) from error


def _digits(pattern: re.Pattern[str], given: str) -> str:
    if pattern.fullmatch(given) is None:
        raise typer.BadParameter(f"{given!r} is not {pattern.pattern}")
    return given
