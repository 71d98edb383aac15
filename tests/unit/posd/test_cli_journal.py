"""`posd journal`: what it prints, whether posd runs or not."""

from pathlib import Path

import pytest

from posd.__main__ import carry_out
from posd.daemon import JOURNAL_FILE
from tests.unit.posd.journal.scenario import Facts, intent, open_journal

CONFIG = """\
mode = "test"
[store]
name = "Lyon 14"
time_zone = "Europe/Paris"
currency = "eur"
state_dir = "{state}"
"""


@pytest.fixture
async def config(tmp_path: Path) -> Path:
    """The configuration of a store whose journal has two facts."""
    state = tmp_path / "state"
    state.mkdir()
    journal = open_journal(state)
    await journal.commit(Facts((intent(),)))
    journal.close()
    (state / "journal.sqlite").rename(state / JOURNAL_FILE)
    path = tmp_path / "posd.toml"
    path.write_text(CONFIG.format(state=state))
    return path


def test_a_backup_tells_its_last_fact_and_is_verified_as_such(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "copy.db"
    assert carry_out(["journal", "backup", str(target), "--config", str(config)]) == 0
    made = capsys.readouterr().out
    assert made.startswith(f"{target}: 2 facts, verified. Last: 2, ")
    last = made.split()[-1]
    assert len(last) == 64

    for file in (["--config", str(config)], [str(target)]):
        assert carry_out(["journal", "verify", *file]) == 0
        assert capsys.readouterr().out.endswith(f": sound. Facts 1 to 2, last {last}\n")


def test_what_is_damaged_ends_with_70(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = tmp_path / "state" / JOURNAL_FILE
    journal.write_bytes(journal.read_bytes().replace(b"1250", b"9250"))
    assert carry_out(["journal", "verify", "--config", str(config)]) == 70
    assert carry_out(["journal", "backup", str(tmp_path / "b"), "--config", str(config)]) == 70
    assert "fact 2 is not what was written" in capsys.readouterr().err
    assert not (tmp_path / "b").exists()


def test_a_target_that_exists_is_refused(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert carry_out(["journal", "backup", str(config), "--config", str(config)]) == 1
    assert capsys.readouterr().err == f"{config} exists: name a file that does not\n"
