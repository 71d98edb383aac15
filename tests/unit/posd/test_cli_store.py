"""`posd store` on a terminal: a row for each lane, and the reason where nothing is heard."""

import io
import os
from pathlib import Path

import pytest
from rich.console import Console

from posd import cli
from posd.bus.store_view import FarLane, FarNode, LaneStanding, StoreView
from posd.bus.truth import NodeState
from posd.cli_store import _drawn
from posd.snapshot.views import ReaderStatus

OK = FarLane("till-1", "Till 1", LaneStanding.OK, "tmr_1", ReaderStatus.NOT_READY)
LOST = FarLane("till-2", "Till 2", LaneStanding.LOST)
NODES = (
    FarNode("till-1", NodeState.READY, 17, "0.2.0", (OK,), alarms=3),
    FarNode("till-2", NodeState.LOST, None, "0.2.0", (LOST,)),
    FarNode("back-office", NodeState.READY, 17, "0.2.0"),
)
FILE = """
[store]
time_zone = "Europe/Berlin"
currency = "eur"
"""


def drawn(view: StoreView) -> str:
    console = Console(file=io.StringIO(), width=120)
    console.print(_drawn(view))
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def test_every_lane_has_a_row() -> None:
    told = drawn(StoreView("main-street", connected=True, problem=None, nodes=NODES))
    rows = {line.split("│")[1].strip(): line for line in told.splitlines() if "│" in line}
    assert "Till 1" in rows["till-1"]
    assert "not ready" in rows["till-1"]
    assert "posd is lost" in rows["till-2"]
    assert "ready" in rows["back-office"]
    assert "not heard" not in told


def test_what_may_be_old_says_so() -> None:
    assert "gone" in drawn(StoreView("main-street", connected=False, problem="gone", nodes=NODES))


def test_a_file_without_a_broker_is_told_what_it_lacks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "posd.toml"
    file.write_text(FILE)
    assert cli.operate(["store", "--config", str(file)]) in {os.EX_USAGE, os.EX_CONFIG}
    assert "expected the broker of the store" in capsys.readouterr().err


def test_a_broker_that_is_not_there_is_told_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "posd.toml"
    mqtt = '[mqtt]\nhost = "127.0.0.1"\nport = 9\ntls = false\nstore = "main-street"\n'
    file.write_text(FILE + mqtt)
    assert cli.operate(["store", "--config", str(file)]) != 0
    assert "refused" in capsys.readouterr().err
