"""The power may go at any write: what was acknowledged is there, whole, and posd starts again.

The same story with `synchronous = NORMAL` has to lose facts: a harness that cannot fail proves
nothing. More stories are for a longer night: `python -m tests.nightly --only power-cuts`.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from posd.journal import connection
from tests.crash.power_cut import Acknowledged, Operation, Synced
from tests.crash.story import record, small_limits
from tests.crash.survival import in_memory, loses, survive
from tests.figures import FIGURE

STORIES = (1, 2, 4, 5)
IMAGES_MIN = 2_520
"""Of each story."""
SYNCHRONOUS_NORMAL = 1


@pytest.fixture
def memory() -> Iterator[Path]:
    with in_memory() as directory:
        yield directory


@pytest.fixture(autouse=True)
def checkpoints_happen(monkeypatch: pytest.MonkeyPatch) -> None:
    small_limits(monkeypatch)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", STORIES)
def test_what_was_acknowledged_survives_every_power_cut(
    seed: int, memory: Path, record_property: Callable[[str, object], None]
) -> None:
    survival = survive(record(memory, seed), memory, seed)
    images = len(survival.found)
    told = f"story {seed}: power cuts: {survival.cuts}, different images: {images}, facts lost: 0"
    record_property(FIGURE, told)
    assert images >= IMAGES_MIN


def test_a_weaker_setting_loses_what_was_acknowledged(
    memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weaker = {**connection._WRITER, "synchronous": SYNCHRONOUS_NORMAL}
    monkeypatch.setattr(connection, "_WRITER", weaker)
    assert loses(record(memory, 1).disk.operations, memory, 1)


def test_an_acknowledgement_before_the_fsync_is_found_out(memory: Path) -> None:
    hasty: list[Operation] = []
    for operation in record(memory, 1).disk.operations:
        before_sync = isinstance(operation, Acknowledged) and isinstance(hasty[-1], Synced)
        hasty.insert(len(hasty) - before_sync, operation)
    assert loses(hasty, memory, 1)
