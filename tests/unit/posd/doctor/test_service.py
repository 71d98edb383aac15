"""Whether posd runs: as it says itself, and as systemd says it."""

from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest

from posd.doctor import service
from posd.doctor.finding import Finding, Verdict
from posd.snapshot.views import Snapshot
from tests.unit.posd.at_socket import RunningPosd, serving
from tests.unit.posd.snapshots import Shop, busy_shop


def test_a_posd_that_is_well_is_told_in_the_words_of_its_page(tmp_path: Path) -> None:
    shop = Shop()
    shop.add_reader("front")
    with serving(RunningPosd(tmp_path / "posd.sock")) as posd:
        posd.told = (200, msgspec.json.encode(shop.snapshot()))
        found = service.running(posd.path)
    assert isinstance(found, Snapshot)
    told = service.verdict(found)
    assert told.verdict is Verdict.OK
    assert told.told == f"posd posd 0.1.0 runs. {found.verdict.sentence}"


def test_a_store_in_trouble_is_sent_to_its_status() -> None:
    assert service.verdict(busy_shop().snapshot()).fix == ("posd status",)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((500, b"{}"), "posd answered with HTTP status 500"),
        ((200, b"{}"), "Object missing required field"),
    ],
)
def test_a_posd_that_does_not_say_how_it_is_is_told(
    answer: tuple[int, bytes], why: str, tmp_path: Path
) -> None:
    with serving(RunningPosd(tmp_path / "posd.sock")) as posd:
        posd.told = answer
        found = service.running(posd.path)
    assert isinstance(found, Finding)
    assert found.told.startswith(f"posd answers, but not how it is: {why}")
    assert found.fix == (service.LOG,)


@pytest.mark.usefixtures("closed")
def test_a_socket_that_is_closed_to_whoever_looks_is_not_seen() -> None:
    with TemporaryDirectory() as folder, RunningPosd(Path(folder) / "posd.sock") as posd:
        posd.path.chmod(0)
        found = service.running(posd.path)
    assert isinstance(found, Finding)
    assert found.verdict is Verdict.NOT_SEEN
    assert found.fix == ("run this as root",)


def test_systemd_is_asked_for_the_unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = tmp_path / "systemctl"
    asked.write_text('#!/bin/sh\necho "NRestarts=7"\necho "UnitFileState=enabled"\n', "ascii")
    asked.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    properties = service.properties()
    assert properties == {"NRestarts": "7", "UnitFileState": "enabled"}
    (found,) = service.at_systemd(properties)
    assert found.told == "systemd has restarted posd 7 times"


def test_without_systemd_nothing_is_said_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert list(service.at_systemd(service.properties())) == []
