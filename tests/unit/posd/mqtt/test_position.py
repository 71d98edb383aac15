"""Where events go on after a start: none is left out."""

import asyncio
from pathlib import Path

import pytest

from posd.bus.position import Position, PositionFile, told_until
from posd.journal.epochs import Life

LIFE = Life("ep_1", "ep_1")


def until(kept: Position | None, life: Life = LIFE, head: int = 100, origin: int = 0) -> int:
    return told_until(kept, life, before=90, origin=origin, head=head)


def test_it_goes_on_where_it_was() -> None:
    assert until(Position("ep_1", 40)) == 40


def test_one_that_never_told_anything_begins_with_its_own_start() -> None:
    assert until(None) == 90


def test_what_lies_in_an_archive_is_not_told() -> None:
    assert until(Position("ep_1", 40), origin=60) == 60


def test_a_journal_that_was_put_back_is_told_from_the_start_that_noticed_it() -> None:
    restored = Life("ep_1", "ep_2", restored_seq=31)  # fact 30 is the start, the first anew
    assert until(Position("ep_1", 40), restored) == 29
    assert until(Position("ep_1", 20), restored) == 20
    assert until(Position("ep_2", 40), restored) == 40


def test_a_file_that_is_ahead_of_its_journal_leaves_nothing_out_from_here_on() -> None:
    assert until(Position("ep_1", 400)) == 100


async def test_what_is_kept_is_read_again(tmp_path: Path) -> None:
    file = PositionFile(tmp_path / "mqtt.position")
    assert await file.read() is None
    kept = Position("ep_1", 17, ("posd/1/a/b/info",))
    await file.keep(kept)
    assert await file.read() == kept


async def test_one_that_cannot_be_read_is_told_and_is_none(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await asyncio.to_thread((tmp_path / "mqtt.position").write_bytes, b"\0\0\0")
    assert await PositionFile(tmp_path / "mqtt.position").read() is None
    assert "cannot be read" in caplog.text
