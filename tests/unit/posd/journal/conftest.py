"""A journal in a directory of its own, and the clock that it reads."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from posd.journal.store import Journal
from tests.unit.posd.journal.scenario import TurnedClock, open_journal


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def journal(tmp_path: Path, clock: TurnedClock) -> Iterator[Journal]:
    opened = open_journal(tmp_path, clock=clock)
    yield opened
    opened.close()
