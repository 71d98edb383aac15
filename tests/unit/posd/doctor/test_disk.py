"""The disk under the journal: what is told where it is full, closed or broken."""

from pathlib import Path

import pytest

from posd.doctor import disk
from posd.doctor.finding import Verdict


def test_a_disk_that_is_nearly_full_is_told_with_what_looks_for_the_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "FREE_BYTES_MIN", 1 << 62)
    room, speed = disk.findings(tmp_path)
    assert room.verdict is Verdict.FIX
    assert room.told.endswith(" MB free")
    assert room.fix == (f"du --one-file-system --max-depth=2 --human {tmp_path}",)
    assert "ms to make 4 KiB durable" in speed.told


@pytest.mark.usefixtures("closed")
def test_a_disk_that_is_closed_to_whoever_looks_is_not_seen() -> None:
    folder = Path("/proc/1/root/var/lib/posd")
    (found,) = disk.findings(folder)
    assert found.verdict is Verdict.NOT_SEEN
    assert found.told == f"{folder} is closed to you"
    assert found.fix == ("run this as root",)


def test_a_disk_that_does_not_answer_is_told_in_the_kernels_words(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 300)
    (found,) = disk.findings(folder)
    assert found.verdict is Verdict.FIX
    assert found.told == f"{folder}: File name too long"
    assert found.fix == ("dmesg --level=err | tail",)
