"""What `posd readers capture` and `certify` refuse before anything is sent, and how they end."""

import io
import os
from pathlib import Path

import pytest

from posd.__main__ import carry_out
from posd.cli_terminal import AtTheTerminal
from posd_drivers import catalogue
from posd_drivers.card_reader import CardReader, Step
from tests.unit.posd.certify.desk import Terminal, approved

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
    assert "File exists" in capsys.readouterr().err
    assert kept.read_text() == "evidence"


def test_a_file_that_cannot_be_made_is_told_before_anything_is_sent(
    tmp_path: Path,
    terminal: Terminal,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    nowhere = tmp_path / "no folder" / "x.txt"
    assert capture(monkeypatch, NOBODY, nowhere, "--currency", "eur") == os.EX_USAGE
    assert "No such file or directory" in capsys.readouterr().err
    assert terminal.asked == []


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


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """What stands at every address."""
    stands_there = Terminal([approved(17), approved(18)], steps=(Step.PRESENT_CARD,))

    async def open_recorded(*_where: object) -> CardReader:
        return stands_there

    monkeypatch.setattr(catalogue, "open_recorded", open_recorded)
    return stands_there


def test_a_capture_pays_only_where_that_is_asked_for(
    tmp_path: Path,
    terminal: Terminal,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert capture(monkeypatch, NOBODY, tmp_path / "1", "--currency", "eur") == 0
    assert "Terminal 52523535, status 00." in capsys.readouterr().out
    assert "authorize" not in terminal.asked
    status = capture(
        monkeypatch, NOBODY, tmp_path / "2", "--currency", "eur", "--pay", typed="1.00\n"
    )
    assert status == 0
    told = capsys.readouterr().out
    assert told.index("REAL MONEY") < told.index("present card") < told.index("approved receipt=17")


def test_a_person_may_skip_cases_and_is_told_what_stands(
    tmp_path: Path,
    terminal: Terminal,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    answers = ["1", "", "", *(["s"] * 10)]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(answers) + "\n"))
    file = tmp_path / "walk.txt"
    assert carry_out(["readers", "certify", NOBODY, str(file), "--currency", "eur"]) == 0
    told = capsys.readouterr().out
    assert "approved, contactless" in told
    assert "Receipt 17 stands: take it back at the terminal." in told
    rows = [line for line in file.read_text().splitlines() if line.startswith("# case")]
    assert rows[1] == (
        "# case 2 approved, contactless: passed, approved receipt=17, read by what it does not tell"
    )
    assert rows[11] == "# case 12 end of day: skipped, by the person"
    assert terminal.asked.count("authorize") == 1


def test_a_person_who_breaks_off_is_told_what_stands(
    tmp_path: Path,
    terminal: Terminal,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setattr("sys.stdin", io.StringIO("1\n\n\n"))
    file = tmp_path / "walk.txt"
    assert carry_out(["readers", "certify", NOBODY, str(file), "--currency", "eur"]) != 0
    assert "Receipt 17 stands: take it back at the terminal." in capsys.readouterr().out
    rows = [line for line in file.read_text().splitlines() if line.startswith("# case")]
    assert len(rows) == 2
    assert terminal.asked.count("authorize") == 1


def test_the_person_is_asked_at_the_keyboard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\nmaybe\ny\n"))
    AtTheTerminal().waits("Pull the cable.")
    assert AtTheTerminal().agrees("Charged?")
