"""`posd store` on a terminal: a row for each lane, and the reason where nothing is heard."""

import asyncio
import io
import json
import os
from pathlib import Path

import pytest
from rich.console import Console

from posd import cli, cli_store
from posd.bus.store_view import FarLane, FarNode, LaneStanding, StoreView
from posd.bus.truth import NodeState
from posd.cli_store import Shown, StoreNotHeard, _drawn, _followed, _show_json, _show_table
from posd.snapshot.views import ReaderStatus
from tests.unit.posd.mqtt.test_follower import SubscriberFake
from tests.unit.posd.virtual import virtual

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


@virtual
async def test_a_program_is_told_one_line_of_what_the_broker_retains(
    capsys: pytest.CaptureFixture[str],
) -> None:
    await _followed("main-street", SubscriberFake(), _show_json, watch=False)
    [line] = capsys.readouterr().out.splitlines()
    view = json.loads(line)
    assert (view["connected"], [node["name"] for node in view["nodes"]]) == (True, ["till-1"])


@virtual
async def test_a_broker_that_never_answers_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    broker = SubscriberFake()
    broker.there = False
    with pytest.raises(StoreNotHeard, match="not heard: nobody there"):
        await _followed("main-street", broker, _show_json, watch=False)
    assert capsys.readouterr().out == ""


async def _watched(broker: SubscriberFake, shown: Shown) -> None:
    """Until some time after the broker has gone."""
    async with asyncio.TaskGroup() as group:
        watching = group.create_task(_followed("main-street", broker, shown, watch=True))
        await asyncio.sleep(10)
        broker.there = False
        await asyncio.sleep(10)
        watching.cancel()


@virtual
async def test_who_watches_is_told_of_each_change(capsys: pytest.CaptureFixture[str]) -> None:
    await _watched(SubscriberFake(), _show_json)
    views = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert views[0]["connected"]
    assert not views[-1]["connected"]
    assert views[-1]["problem"]


@pytest.mark.parametrize("terminal", [True, False])
def test_a_table_is_drawn_anew_on_a_terminal_and_printed_elsewhere(
    monkeypatch: pytest.MonkeyPatch, *, terminal: bool
) -> None:
    file = io.StringIO()
    console = Console(file=file, width=120, force_terminal=terminal, _environ={"TERM": "xterm"})
    monkeypatch.setattr(cli_store, "Console", lambda: console)
    since = FarNode("till-3", NodeState.LOST, 1_785_499_320_000, "0.2.0", (LOST,))
    with _show_table() as show:
        show(StoreView("main-street", connected=True, problem=None, nodes=NODES))
        show(StoreView("main-street", connected=True, problem=None, nodes=(since,)))
    assert "posd is lost since 2026-07-31 " in file.getvalue()
    assert ("\x1b[2K" in file.getvalue()) == terminal, "the table before is wiped"
