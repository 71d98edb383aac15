"""One posd a state directory, and nobody else reads it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from posd.errors import AlreadyRunning
from posd.journal.lock import StateDirectory
from tests.unit.posd.journal.scenario import open_journal

HOLD = """
import sys
from pathlib import Path
from posd.journal.lock import StateDirectory

StateDirectory(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def own_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_the_second_is_told_and_has_written_nothing(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with StateDirectory(state), pytest.raises(AlreadyRunning, match="another posd"):
        StateDirectory(state)
    assert list(state.iterdir()) == []
    with StateDirectory(state):
        pass


def test_another_process_that_dies_lets_go(tmp_path: Path) -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(AlreadyRunning):
            StateDirectory(tmp_path)
        other.kill()
    with StateDirectory(tmp_path):
        pass


def test_what_it_keeps_is_its_owners_alone(tmp_path: Path) -> None:
    state = tmp_path / "var" / "state"
    with StateDirectory(state) as held:
        assert held.path == state
        journal = open_journal(state)
        modes = {one.name: one.stat().st_mode & 0o777 for one in state.iterdir()}
        journal.close()
    assert state.stat().st_mode & 0o777 == 0o700
    assert modes == dict.fromkeys(
        ("journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm"), 0o600
    )


def test_a_directory_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with StateDirectory(tmp_path):
        assert tmp_path.stat().st_mode & 0o777 == 0o700
