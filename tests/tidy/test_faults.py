"""The page of faults names tests that exist, where it says, and no such test stays unnamed."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tidy.tree import ROOT, files

PAGE = ROOT / "docs" / "faults.md"
NAMED = re.compile(r"((?:`test_\w+`(?:, )?)+) in \[(\w+\.py)\]\(([^)]+)\)")
SCRIPTS = {
    *("paid-but-silent", "tap-then-cancel", "wrong-cancel", "ghost-amount"),
    *("display-kills-payment", "idle-40-min", "works-once", "false-negative-timeout"),
    *("nightly-restart", "update-mid-shift", "battery-49-update", "cold-start-offline"),
    *("flap-10Hz", "twin-readers", "steal-lease", "clock-jump", "edit-after-dispatch"),
}
FAULTS = set(range(1, 40))
"""The catalogue of faults, by its numbers."""
UNTESTED = {"F30": "does not apply: "}
"""What no test covers, and how its row begins to say why. It can only get shorter."""


def rows() -> Iterator[tuple[str, str]]:
    """What a row is about, and the row."""
    for line in PAGE.read_text().splitlines():
        if found := re.match(r"\| (?:`([\w-]+)`|(F\d+)) ", line):
            yield found[1] or found[2], line


def named() -> Iterator[tuple[str, Path]]:
    """Each test that a row names, and the file in which it says that it is."""
    for _about, line in rows():
        for tests, name, link in NAMED.findall(line):
            file = (PAGE.parent / link).resolve()
            assert file.name == name
            for test in re.findall(r"`(test_\w+)`", tests):
                yield test, file


def test_every_script_and_fault_has_one_row() -> None:
    about = [about for about, _line in rows()]
    assert len(about) == len(set(about))
    assert set(about) == SCRIPTS | {f"F{number}" for number in FAULTS}


@pytest.mark.parametrize("about", sorted(SCRIPTS | {f"F{number}" for number in FAULTS}))
def test_every_row_names_a_test_or_says_why_there_is_none(about: str) -> None:
    (line,) = (line for row, line in rows() if row == about)
    why = UNTESTED.get(about)
    assert (NAMED.search(line) is None) is (why is not None)
    assert why is None or line.split(" | ")[1].startswith(why)


@pytest.mark.parametrize(("test", "file"), sorted(set(named())), ids=str)
def test_a_named_test_stands_where_the_page_says(test: str, file: Path) -> None:
    assert re.search(rf"^(?:async )?def {test}\(", file.read_text(), re.MULTILINE)


def test_a_test_that_is_called_after_a_script_or_fault_is_on_the_page() -> None:
    begins = [f"test_{script.replace('-', '_').lower()}_" for script in SCRIPTS]
    begins += [f"test_f{number}_" for number in FAULTS]
    stories = [file for file in files(".py") if file.parent.name == "stories"]
    found = {
        test
        for file in stories
        for test in re.findall(r"^(?:async )?def (test_\w+)\(", file.read_text(), re.MULTILINE)
        if test.startswith(tuple(begins))
    }
    assert found
    assert found <= {test for test, _file in named()}
