"""What takes long says that it is at work, and nothing is said of what does not."""

from pathlib import Path
from threading import Event

import pytest

from posd import cli_progress
from posd.journal.backup import back_up
from posd.journal.inspection import copy
from tests.unit.posd.journal.scenario import Facts, intent, open_journal


@pytest.fixture
async def journal_file(tmp_path: Path) -> Path:
    journal = open_journal(tmp_path)
    await journal.commit(Facts((intent(),)))
    journal.close()
    return tmp_path / "journal.sqlite"


def test_what_is_done_at_once_is_worth_no_word(capsys: pytest.CaptureFixture[str]) -> None:
    with cli_progress.progress("Verifying") as on_progress:
        on_progress(1, 2)
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "")


def test_what_takes_longer_is_one_line_on_standard_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli_progress, "SOON_S", 0.0)
    said = Event()
    told = ""
    with cli_progress.progress("Verifying") as on_progress:
        for _ in range(200):
            on_progress(1, 2)
            told += capsys.readouterr().err
            if told or said.wait(0.01):
                break
    assert told == "Verifying …\n"


def test_on_a_terminal_it_is_a_bar_that_leaves_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    with cli_progress.progress("Verifying") as on_progress:
        on_progress(1, 2)
    told = capsys.readouterr()
    assert "Verifying" in told.err
    assert told.out == ""


def test_a_backup_tells_how_far_it_is(journal_file: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    back_up(journal_file, tmp_path / "copy.db", lambda done, of: told.append((done, of)))
    assert told
    assert all(0 <= done <= of for done, of in told)
    assert any(done == of for done, of in told)
    assert copy(tmp_path / "copy.db").facts == 2
