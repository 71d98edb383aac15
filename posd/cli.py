"""The operator's commands. The daemon itself never loads this module (see `__main__`)."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from posd.cli_audit import audit
from posd.cli_capabilities import capabilities
from posd.cli_check import check, doctor
from posd.cli_config import commands as configuration
from posd.cli_discover import discover
from posd.cli_end_of_day import end_of_day
from posd.cli_journal import commands as journal
from posd.cli_keys import commands as keys
from posd.cli_orders import orders
from posd.cli_page import commands as page
from posd.cli_payments import commands as payments
from posd.cli_queue import commands as queue
from posd.cli_readers import commands as readers
from posd.cli_reconcile import reconcile
from posd.cli_status import status
from posd.cli_store import store
from posd.cli_support import support_bundle
from posd.cli_terminal import TerminalUnreachable, capture, certify
from posd.cli_tls import commands as tls
from posd.config import DEFAULT_PATH
from posd.errors import AlreadyRunning, ConfigError, JournalDamaged, JournalFailed, PosdError
from posd.local_client import NoPermission, NotRunning

REFUSED_STATUS: Final = 1
TYPER_USAGE_STATUS: Final = 2

app = typer.Typer(
    help="The payment terminal daemon of a store.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(keys, name="keys")
app.add_typer(configuration, name="config")
app.add_typer(page, name="page")
app.add_typer(readers, name="readers")
readers.command()(capture)
readers.command()(certify)
app.add_typer(payments, name="payments")
app.add_typer(orders, name="orders")
app.add_typer(audit, name="audit")
app.add_typer(journal, name="journal")
app.add_typer(queue, name="queue")
app.add_typer(tls, name="tls")
app.command()(status)
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
