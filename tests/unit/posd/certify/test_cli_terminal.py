"""What `posd readers capture` and `certify` refuse before anything is sent, and how they end."""

import io
import os
from pathlib import Path

import pytest

from posd.__main__ import carry_out

NOBODY = "zvt+tcp://127.0.0.1:1"


def capture(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path, typed: str = "") -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    return carry_out(["readers", "capture", *map(str, arguments)])


def test_no_file_is_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    kept = tmp_path / "kept.txt"
    kept.write_text("evidence")
    status = capture(monkeypatch, NOBODY, kept, "--currency", "eur")
    assert status == os.EX_USAGE
    assert "is there already" in capsys.readouterr().err
    assert kept.read_text() == "evidence"


def test_a_terminal_that_is_not_there_is_told_and_what_was_heard_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "none.txt"
    status = capture(monkeypatch, NOBODY, file, "--currency", "eur")
    assert status == os.EX_UNAVAILABLE
    told = capsys.readouterr()
    assert "NotSent" in told.err
    assert "none.txt: kept." in told.out
    assert file.read_text() == ""


@pytest.mark.parametrize("typed", ["", "x", "0", "-1", "1.005", "99999999999"])
def test_what_is_no_amount_is_not_taken(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    typed: str,
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{typed}\n"))
    arguments = ["readers", "certify", NOBODY, str(tmp_path / "a.txt"), "--currency", "eur"]
    assert carry_out(arguments) != 0
    assert "REAL MONEY" in capsys.readouterr().out
