"""`posd readers end-of-day`: what it asks a running posd, what it prints, and how it ends."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from typing_extensions import override

from posd import cli_end_of_day
from posd.__main__ import carry_out
from posd.model.attempt import AttemptState
from posd.model.closing import Closing, Takings
from posd_drivers.card_reader import Totals
from tests.unit.posd.at_socket import PosdAtSocket, serving
from tests.unit.posd.snapshots import MINUTE_MS, NOW_MS, Shop

PATH = "/posd/v1/readers/tmr_posd_front/end_of_day"
COMMAND = ["readers", "end-of-day", "tmr_posd_front"]


class ClosingPosd(PosdAtSocket):
    """It tells a story.

    Attributes:
        statuses: `status` of each answer about the end of day, the last one for ever.
        refusal: The answer to what asks for a change, or None.
    """

    def __init__(self, path: Path) -> None:
        self.statuses = ["closed"]
        self.refusal: str | None = None
        self.shop = Shop()
        super().__init__(path)

    @override
    def answer(self, method: str, path: str, form: dict[str, str]) -> tuple[int, bytes]:
        if path == "/posd/v1/status":
            return 200, msgspec.json.encode(self.shop.snapshot())
        if method == "POST" and self.refusal is not None:
            return 400, json.dumps({"error": {"message": self.refusal}}).encode()
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return 200, json.dumps({"object": "posd.end_of_day", "status": status}).encode()


@pytest.fixture
def posd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ClosingPosd]:
    """A posd with one reader that was closed a minute ago."""
    monkeypatch.setattr(cli_end_of_day, "LOOK_S", 0.01)
    with serving(ClosingPosd(tmp_path / "posd.sock")) as server:
        front = server.shop.add_reader("front")
        server.shop.add_closing(front, AttemptState.APPROVED)
        closing = Closing("att_1", NOW_MS - MINUTE_MS, Totals(1250), Takings(1, 1, 1250))
        server.shop.change_reader(front, closing=closing, takings=Takings(NOW_MS))
        yield server


def run(posd: ClosingPosd, *arguments: str) -> int:
    return carry_out([*COMMAND, *arguments, "--socket", str(posd.path)])


def test_a_day_is_closed_and_waited_for(
    posd: ClosingPosd, capsys: pytest.CaptureFixture[str]
) -> None:
    posd.statuses = ["in_progress", "in_progress", "closed"]
    assert run(posd) == os.EX_OK
    told = capsys.readouterr()
    assert "equal to posd's journal" in told.out
    assert "€12.50" in told.out
    assert "some minutes" in told.err
    assert posd.asked == [
        ("POST", PATH, {}),
        ("GET", PATH, {}),
        ("GET", PATH, {}),
        ("GET", "/posd/v1/status", {}),
    ]


@pytest.mark.parametrize("status", ["refused", "unproven", "needs_a_person", "not_closed"])
def test_a_day_that_is_not_closed_ends_with_1(posd: ClosingPosd, status: str) -> None:
    posd.statuses = [status]
    assert run(posd) == 1


def test_what_hinders_it_is_printed(posd: ClosingPosd, capsys: pytest.CaptureFixture[str]) -> None:
    posd.refusal = "A payment is in hand."
    assert run(posd) == 1
    assert capsys.readouterr().err == "A payment is in hand.\n"


def test_a_person_decides_with_a_reason(posd: ClosingPosd) -> None:
    posd.statuses = ["not_closed"]
    assert run(posd, "--outcome", "not_closed", "--reason", "the paper says so") == os.EX_OK
    form = {"outcome": "not_closed", "reason": "the paper says so"}
    assert posd.asked[0] == ("POST", f"{PATH}/resolve", form)


@pytest.mark.parametrize(
    "arguments", [["--outcome", "closed"], ["--reason", "why"], ["--outcome", "maybe"]]
)
def test_half_a_decision_is_wrong_usage(posd: ClosingPosd, arguments: list[str]) -> None:
    assert run(posd, *arguments) == os.EX_USAGE
    assert posd.asked == []


def test_status_has_a_line_for_each_day(
    posd: ClosingPosd, capsys: pytest.CaptureFixture[str]
) -> None:
    assert carry_out(["status", "--socket", str(posd.path)]) == os.EX_OK
    assert "front: Since its last end of day: 0 payments" in capsys.readouterr().out
