"""`posd journal reconcile`: what it asks a running posd, what it prints, and how it ends."""

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from posd import cli_reconcile
from posd.__main__ import carry_out
from posd.model.restore import Decided, Restore
from posd.render.restore import gap
from tests.unit.posd.api.restore_fakes import AT_MS, GAP, LOST

COMMAND = ["journal", "reconcile"]
WHY = "Receipts compared."


class PosdFake:
    """A running posd, as far as the command asks it."""

    def __init__(self, restore: Restore | None) -> None:
        self.restore = restore
        self.asked: list[tuple[str, dict[str, str] | None]] = []

    def get(self, path: str) -> bytes:
        self.asked.append((path, None))
        return self._told()

    def post(self, path: str, form: dict[str, str]) -> bytes:
        self.asked.append((path, form))
        if self.restore is not None and path.endswith("accept"):
            self.restore = replace(
                self.restore, accepted=Decided("key_manager", AT_MS, form["reason"])
            )
        return self._told()

    def _told(self) -> bytes:
        told: dict[str, Any] = gap(self.restore, [LOST] if self.restore else [])
        return json.dumps(told).encode()


def answered_by(monkeypatch: pytest.MonkeyPatch, restore: Restore | None) -> PosdFake:
    posd = PosdFake(restore)

    def client_at(_file: Path | None, _socket: Path | None) -> PosdFake:
        return posd

    monkeypatch.setattr(cli_reconcile, "client_at", client_at)
    return posd


def test_a_complete_journal_is_told_as_such(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answered_by(monkeypatch, None)
    assert carry_out(COMMAND) == 0
    assert capsys.readouterr().out == "The journal is complete.\n"


def test_an_open_gap_is_told_and_ends_with_status_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    posd = answered_by(monkeypatch, GAP)
    assert carry_out(COMMAND) == 1
    told = capsys.readouterr().out
    assert posd.asked == [("/posd/v1/reconcile", None)]
    for part in ("rst_posd_1", "980", "1043", "Tills may not sell.", "pr_1", "A-17", "52523535"):
        assert part in told
    assert "3750" in told
    assert "equal" in told


@pytest.mark.parametrize(("option", "path"), [("--accept", "accept"), ("--sell", "sales")])
def test_a_decision_goes_with_its_reason(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    option: str,
    path: str,
) -> None:
    posd = answered_by(monkeypatch, GAP)
    assert carry_out([*COMMAND, option, "--reason", WHY]) == 0
    assert posd.asked == [(f"/posd/v1/reconcile/{path}", {"reason": WHY})]
    assert (f"by key_manager: {WHY}" in capsys.readouterr().out) == (path == "accept")


@pytest.mark.parametrize(
    "options", [["--accept"], ["--reason", WHY], ["--accept", "--sell", "--reason", WHY]]
)
def test_half_a_decision_is_none(monkeypatch: pytest.MonkeyPatch, options: list[str]) -> None:
    posd = answered_by(monkeypatch, GAP)
    assert carry_out([*COMMAND, *options]) == 64
    assert posd.asked == []
