"""From a cable to a reader: a living posd, the operator's command, and a terminal on a real pty."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pytest

from posd.__main__ import carry_out
from posd.local_client import LocalClient
from posd_drivers import discovery
from posd_drivers.catalogue import ReaderAddress
from posd_drivers.discovery import Survey
from posd_drivers.plugged.seen import SeenTty, Sources
from tests.unit.posd import test_daemon
from tests.unit.posd.test_daemon import ALONE, Home

home = test_daemon.home
TERMINAL_ID = "52523535"


@pytest.fixture
def tty(tmp_path: Path) -> Iterator[str]:
    """The device of a terminal that is switched on."""
    arguments = ("terminal", "--link", str(tmp_path / "reader"), "--tid", TERMINAL_ID)
    script = "from posd_simulator.cli import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", script, *arguments], stdout=subprocess.PIPE
    ) as sim:
        assert sim.stdout is not None
        assert json.loads(sim.stdout.readline())["ready"]
        yield str((tmp_path / "reader").resolve())
        sim.send_signal(signal.SIGTERM)


@pytest.fixture
def plugged(tty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine has one serial port on USB, with the terminal behind it."""
    survey = discovery.survey
    seen = SeenTty(tty, 0x0B00, 0x0081, "1234567", "1-4.2:1.0", "Ingenico", "Lane 5000")
    sources = Sources(lambda: (seen,), tuple)

    async def of_this_machine(
        addresses: Collection[ReaderAddress], identities: Collection[str]
    ) -> Survey:
        return await survey(addresses, identities, sources=sources)

    monkeypatch.setattr(discovery, "survey", of_this_machine)


@pytest.mark.usefixtures("plugged")
def test_a_terminal_that_is_plugged_in_is_found_looked_at_and_registered(
    home: Home, tty: str, capsys: pytest.CaptureFixture[str]
) -> None:
    socket = home.folder / "posd.sock"

    def discovered(*options: str) -> list[dict[str, Any]]:
        capsys.readouterr()
        command = ["readers", "discover", "--json", *options, "--socket", str(socket)]
        assert carry_out(command) == os.EX_OK
        found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["data"]
        return found

    def then() -> None:
        (listed,) = discovered()
        assert (listed["tty"], listed["identity"]) == (tty, "0b00:0081/1234567")
        assert listed["look"] is None
        (seen,) = discovered("--look")
        assert (seen["look"]["answers"], seen["look"]["baud"]) == ("zvt", 9600)
        assert seen["look"]["terminal_id"] == TERMINAL_ID
        form = {"registration_code": seen["registration_code"]}
        registered = json.loads(LocalClient(socket).post("/v1/terminal/readers", form))
        assert registered["object"] == "terminal.reader"
        assert discovered("--look", "--all") == []

    assert home.runs(then, ALONE) == os.EX_OK
