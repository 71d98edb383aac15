"""A machine is known again without its id being told."""

from pathlib import Path

import pytest

from posd.service.machine import machine

ID = "0123456789abcdef0123456789abcdef"


def told(path: Path, text: str) -> str:
    path.write_text(text)
    return machine(path)


def test_a_machine_is_itself_and_no_other_and_its_id_stays_with_it(tmp_path: Path) -> None:
    first = told(tmp_path / "a", ID + "\n")
    assert first == told(tmp_path / "b", ID)
    assert first != told(tmp_path / "c", ID[::-1] + "\n")
    assert len(first) == 32
    assert ID not in first


@pytest.mark.parametrize("text", ["", "uninitialized\n", "\x00" * 32 + "x"])
def test_a_machine_without_an_id_is_none_in_particular(tmp_path: Path, text: str) -> None:
    assert told(tmp_path / "id", text) == ""
    assert machine(tmp_path / "nowhere") == ""
