"""`make system-vm` where it cannot run, and what its page says of it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.system.vm import cache, scenario
from tests.system.vm.needs import INSTALL
from tests.tidy.tree import ROOT

PAGE = (ROOT / "docs" / "simulators.md").read_text(encoding="utf-8")
SECTION = PAGE.partition("\n## A real kernel\n")[2].partition("\n## ")[0]
OURS = ROOT / "tests" / "system" / "vm"


def test_it_says_in_one_line_why_it_cannot_run(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.system.vm"],
        cwd=ROOT,
        env=os.environ | {"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"no system-vm here: .+\n", done.stdout)


def test_pytest_collects_none_of_it() -> None:
    names = {file.name for file in OURS.rglob("*.py")}
    assert not [name for name in names if name.startswith("test_") or name.endswith("_test.py")]


def test_its_page_names_the_packages_and_the_way_to_run_it() -> None:
    assert INSTALL in SECTION
    assert "make system-vm\n" in SECTION


def test_its_page_has_a_run_with_every_payment_both_unpluggings_and_the_power_cuts() -> None:
    for cents in (scenario.THROUGH_USB, scenario.THROUGH_TTY, scenario.CUT, *scenario.MOMENTS):
        assert f"{cents / 100:.2f}" in SECTION
    for cents, moment in scenario.MOMENTS.items():
        assert f"power cut in the payment of {cents / 100:.2f}, {moment}\n" in SECTION
    assert re.search(r"unplugged .*; seen \d+ ms after the kernel saw it; usable [\d.]+ s", SECTION)
    assert re.search(r"unplugged in a payment .*; seen \d+ ms after the kernel saw it", SECTION)
    assert "the same, each sale once" in SECTION


def test_what_was_built_is_kept_until_what_it_is_built_from_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "FOLDER", tmp_path)
    built: list[str] = []

    def build(folder: Path) -> None:
        built.append(folder.name)
        (folder / "image").touch()

    first = cache.kept("image", cache.key_of("systemd", "1"), build)
    assert cache.kept("image", cache.key_of("systemd", "1"), build) == first
    assert len(built) == 1
    second = cache.kept("image", cache.key_of("systemd1"), build)
    assert second != first
    assert list(tmp_path.iterdir()) == [second]


def test_a_build_that_fails_is_not_taken_for_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "FOLDER", tmp_path)

    def broken(folder: Path) -> None:
        (folder / "half").touch()
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        cache.kept("image", "key", broken)
    cache.kept("image", "key", lambda folder: (folder / "whole").touch())
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == ["whole"]


def test_a_key_covers_names_and_contents_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    before = cache.key_of(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    renamed = cache.key_of(tmp_path)
    (tmp_path / "b").write_text("2")
    assert len({before, renamed, cache.key_of(tmp_path)}) == 3
