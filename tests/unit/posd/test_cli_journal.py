"""`posd journal`: what it prints, whether posd runs or not."""

import json
from pathlib import Path

import pytest

from posd.__main__ import carry_out
from posd.daemon import JOURNAL_FILE
from posd.journal.lock import StateDirectory
from tests.unit.posd.journal.old_journal import Shop
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


def test_programs_are_told_what_was_verified(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["--json", "--config", str(config)]
    assert carry_out(["journal", "verify", *asked]) == 0
    sound = json.loads(capsys.readouterr().out)
    assert (sound["facts"], sound["first_seq"], sound["last_seq"]) == (2, 1, 2)
    assert sound["file"] == str(tmp_path / "state" / JOURNAL_FILE)


def test_a_journal_that_owes_nothing_may_go(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert carry_out(["journal", "owed", "--config", str(config)]) == 0
    assert "nothing is open, and nobody waits to be told." in capsys.readouterr().out
    assert carry_out(["journal", "owed", "--json", "--config", str(config)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) == {"file", "undecided", "held", "owed", "gaps"}
    assert not any(found[count] for count in ("undecided", "held", "owed", "gaps"))


def test_programs_are_told_what_a_copy_holds(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "copy.db"
    assert carry_out(["journal", "backup", str(target), "--json", "--config", str(config)]) == 0
    copied = json.loads(capsys.readouterr().out)
    assert carry_out(["journal", "verify", str(target), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == copied


COMMANDS = (
    ["backup", "copy.db"],
    ["verify"],
    ["history", "pi_posd_1"],
    ["archive", "a.db", "--before", "2027-01"],
)


@pytest.mark.parametrize("command", COMMANDS)
def test_where_there_is_no_journal_none_is_made(
    command: list[str], config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "state" / JOURNAL_FILE).unlink()
    assert carry_out(["journal", *command, "--config", str(config)]) == 1
    assert capsys.readouterr().err.endswith(f"{JOURNAL_FILE} does not exist\n")
    assert not list((tmp_path / "state").iterdir())


@pytest.mark.parametrize("command", COMMANDS)
def test_whoever_may_not_read_the_journal_is_told_so(
    command: list[str],
    config: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def hidden(_path: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "exists", hidden)
    assert carry_out(["journal", *command, "--config", str(config)]) == 77
    assert "only root and posd's own user may read it" in capsys.readouterr().err


class TestArchive:
    @pytest.fixture
    def old(self, tmp_path: Path) -> Path:
        """The configuration of a store with three months on disk."""
        (tmp_path / "state").mkdir()
        shop = Shop(tmp_path / "state")
        shop.live(shop.trade)
        shop.file.rename(tmp_path / "state" / JOURNAL_FILE)
        path = tmp_path / "posd.toml"
        path.write_text(CONFIG.format(state=tmp_path / "state"))
        return path

    def test_months_leave_for_a_file_that_verifies(
        self, old: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        target, asked = tmp_path / "2026.db", ["--config", str(old)]
        assert carry_out(["journal", "archive", str(target), "--before", "2027-01", *asked]) == 0
        held, left = capsys.readouterr().out.splitlines()
        assert held.startswith(f"{target}: facts 1 to ")
        assert left == "They left the journal. Its file keeps its size: later months use the room."

        assert carry_out(["journal", "verify", str(target)]) == 0
        assert carry_out(["journal", "verify", *asked]) == 0
        archive, journal = capsys.readouterr().out.splitlines()
        last = int(archive.split(" to ")[1].split(",")[0])
        assert f"Facts {last + 1} to" in journal

        assert carry_out(["journal", "archive", str(target), "--before", "2027-01", *asked]) == 0
        assert capsys.readouterr().out == "The journal holds nothing of before 2027-01.\n"

    def test_the_history_of_an_object_is_told_or_where_it_lies(
        self, old: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        target, asked = tmp_path / "2026.db", ["--config", str(old)]
        ask = ["journal", "history", "att_posd_1"]
        assert carry_out([*ask, *asked]) == 0
        before = capsys.readouterr().out
        assert [line.split()[2] for line in before.splitlines()] == [
            "AttemptStarted",
            "StatusReported",
            "AttemptApproved",
        ]
        months = ["journal", "archive", str(target), "--before", "2027-01", "--json", *asked]
        assert carry_out(months) == 0
        assert json.loads(capsys.readouterr().out)["file"] == str(target)
        assert carry_out(months) == 0
        assert json.loads(capsys.readouterr().out) is None

        assert carry_out([*ask, "--json", *asked]) == 0
        assert '"archive": "2026.db"' in capsys.readouterr().out
        assert carry_out([*ask, "--json", str(target)]) == 0
        assert '"kind": "AttemptStarted"' in capsys.readouterr().out
        assert carry_out([*ask, *asked]) == 0
        first, *_ = capsys.readouterr().out.splitlines()
        assert first == "fact 4 left the journal: it lies in 2026.db."
        assert carry_out([*ask, str(target)]) == 0
        assert capsys.readouterr().out == before
        assert carry_out(["journal", "history", "att_posd_x", *asked]) == 1
        assert "has no fact about att_posd_x" in capsys.readouterr().err

    def test_while_posd_runs_the_file_is_made_and_nothing_leaves(
        self, old: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        command = ["journal", "archive", str(tmp_path / "a.db"), "--before", "2027-01"]
        command += ["--config", str(old)]
        with StateDirectory(tmp_path / "state"):
            assert carry_out(command) == 75
        said = capsys.readouterr()
        assert "verified. Last: " in said.out
        assert said.err.endswith("Stop posd, and repeat the command.\n")
        assert carry_out(command) == 0
        assert "They left the journal." in capsys.readouterr().out

    def test_what_keeps_a_month_is_said_and_the_status_is_1(
        self, old: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        command = ["journal", "archive", str(tmp_path / "a.db"), "--before", "2027-02"]
        assert carry_out([*command, "--config", str(old)]) == 1
        assert capsys.readouterr().err == ("2027-01: is not over, the newest facts are in it\n")
        assert not (tmp_path / "a.db").exists()

    @pytest.mark.parametrize("month", ["2026", "2026-13", "26-01", "2026-1"])
    def test_what_is_no_month_is_wrong_usage(self, old: Path, tmp_path: Path, month: str) -> None:
        command = ["journal", "archive", str(tmp_path / "a.db"), "--before", month]
        assert carry_out([*command, "--config", str(old)]) == 64

    def test_only_the_owner_of_the_journal_lets_anything_go(
        self,
        old: Path,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        owner = (tmp_path / "state").owner()
        monkeypatch.setattr("os.geteuid", lambda: (tmp_path / "state").stat().st_uid + 1)
        command = ["journal", "archive", str(tmp_path / "a.db"), "--before", "2027-01"]
        assert carry_out([*command, "--config", str(old)]) == 77
        assert f"runuser -u {owner} -- posd journal archive" in capsys.readouterr().err
        assert not (tmp_path / "a.db").exists()
