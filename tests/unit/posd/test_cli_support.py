"""`posd support-bundle`: what it asks a running posd, and what it writes."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from posd.__main__ import carry_out
from tests.unit.posd.at_socket import RunningPosd, serving

PATH = "/posd/v1/support-bundle"
ZIP = b"PK\x05\x06" + bytes(18)
LISTED = {"data": [{"name": "facts.json", "means": "the facts", "bytes": 1234}]}


@pytest.fixture
def posd(tmp_path: Path) -> Iterator[RunningPosd]:
    with serving(RunningPosd(tmp_path / "posd.sock")) as running:
        yield running


def run(posd: RunningPosd, *more: str) -> int:
    return carry_out(["support-bundle", *more, "--socket", str(posd.path)])


def test_the_file_is_written_for_its_owner_alone(posd: RunningPosd, tmp_path: Path) -> None:
    posd.told = (200, ZIP)
    target = tmp_path / "for-support.zip"
    assert run(posd, str(target)) == 0
    assert target.read_bytes() == ZIP
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert posd.asked == [("GET", PATH, {})]


def test_it_is_named_by_the_time_where_nobody_names_it(
    posd: RunningPosd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    posd.told = (200, ZIP)
    monkeypatch.chdir(tmp_path)
    assert run(posd) == 0
    (written,) = tmp_path.glob("posd-support-*Z.zip")
    assert written.read_bytes() == ZIP


def test_what_would_be_in_it_is_listed_and_nothing_is_written(
    posd: RunningPosd, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    posd.told = (200, json.dumps(LISTED).encode())
    assert run(posd, "--list", str(tmp_path / "unwritten.zip")) == 0
    told = "     1234  facts.json      the facts\n     1234  in all, before it is packed\n"
    assert capsys.readouterr().out == told
    assert posd.asked == [("GET", f"{PATH}?list=true", {})]
    assert not (tmp_path / "unwritten.zip").exists()


def test_no_file_is_replaced(
    posd: RunningPosd, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    posd.told = (200, ZIP)
    target = tmp_path / "for-support.zip"
    target.write_bytes(b"another")
    assert run(posd, str(target)) != 0
    assert target.read_bytes() == b"another"
    assert "exists" in capsys.readouterr().err


def test_the_list_is_told_to_programs_and_only_the_list(
    posd: RunningPosd, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    posd.told = (200, json.dumps(LISTED).encode())
    assert run(posd, "--list", "--json") == 0
    assert json.loads(capsys.readouterr().out) == LISTED["data"]
    assert run(posd, str(tmp_path / "unwritten.zip"), "--json") == 64
    assert "--json goes with --list" in capsys.readouterr().err
    assert not (tmp_path / "unwritten.zip").exists()
