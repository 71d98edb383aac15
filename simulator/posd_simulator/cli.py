"""`posd-sim`: the simulators as processes of their own.

Each prints one line of JSON on standard output when it is ready and ends tidily on SIGTERM or
SIGINT.
"""

from pathlib import Path
from typing import Annotated

import typer

from posd_simulator.terminal import options
from posd_simulator.terminal.habits import NO_HABITS
from posd_simulator.terminal.profiles import BY_NAME
from posd_simulator.terminal.settings import Settings, StorageRule, Wire
from posd_simulator.terminal.station import Conduct, Place, Station, UsbKind, UsbPlace

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)


def main() -> None:
    """The command `posd-sim`."""
    app()


@app.command()
def terminal(  # noqa: PLR0913 (one parameter for each option)
    *,
    pty: options.Pty = False,
    tcp: options.Tcp = "",
    usbip: options.Usbip = "",
    usb: options.Usb = UsbKind.CDC,
    usb_serial: options.UsbSerial = "SIM0001",
    link: options.Link = None,
    ledger: options.LedgerFile = None,
    control: options.Control = 0,
    tid: options.Tid = "12345678",
    currency: options.Currency = "eur",
    storage_rule: options.Rule = StorageRule.OLD,
    baud: options.Baud = 9600,
    password: options.Password = options.PASSWORD_DEFAULT,
    cardholder: options.Mode = options.CardholderMode.AUTO,
    tap_after: options.TapAfter = 1.0,
    card_timeout: options.CardTimeout = 30.0,
    host_delay: options.HostDelay = 0.3,
    printer: options.Prints = options.Printer.ECR,
    print_declines: options.PrintDeclines = False,
    tips: options.Tips = False,
    restarts_at: options.RestartsAt = "",
    status: options.Status = "00",
    profile: options.ProfileName = "",
    script: options.Script = None,
    seed: options.Seed = 0,
    fault_rate: options.FaultRate = 0.0,
) -> None:
    """Run a card terminal that speaks ZVT, on a pty, a TCP port or USB."""
    address, bus = options.address(tcp), options.address(usbip)
    if pty + bool(address) + bool(bus) > 1:
        raise typer.BadParameter("only one of --pty, --tcp and --usbip")
    settings = Settings(
        wire=Wire.TCP if address else Wire.SERIAL,
        on_usb=bus is not None,
        terminal_id=tid,
        password=password,
        currency=currency,
        storage_rule=storage_rule,
        ecr_prints=printer is options.Printer.ECR,
        prints_declines=print_declines,
        tips=tips,
        restarts_at=restarts_at,
        habits=BY_NAME[profile].habits if profile else NO_HABITS,
        card_timeout_s=card_timeout,
        host_delay_s=host_delay,
    )
    place = Place(
        tcp=address,
        usb=UsbPlace(bus, usb, usb_serial or None) if bus else None,
        link=link,
        baud=baud,
        ledger=ledger,
        control_port=control,
    )
    auto = cardholder is options.CardholderMode.AUTO
    conduct = Conduct(auto, tap_after, int(status, 16), script, seed, fault_rate)
    _run_terminal(Station(settings, place, conduct))


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


def _run_terminal(station: Station) -> None:
    from posd_simulator.terminal.serve import run

    try:
        run(station)
    except (OSError, ValueError) as error:
        raise typer.BadParameter(str(error)) from error
