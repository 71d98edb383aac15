"""The pages about readers and drivers, held to the code."""

import re
from dataclasses import fields

from posd.api.standing import TROUBLES
from posd.certify.cases import CASES
from posd.config import ReaderConfig
from posd.texts.results import RESULTS, TERMINAL_STATUS
from posd_drivers.makes import MAKES
from posd_drivers.transport.line import BAUDS, FORMATS
from tests.tidy.reader_tables import PAGE, TO_DO, fresh
from tests.tidy.tree import ROOT

READERS = PAGE.read_text()
DRIVERS = (ROOT / "docs" / "drivers.md").read_text()


def test_what_the_cashier_reads_is_made_from_the_texts() -> None:
    assert fresh(READERS) == READERS, "make them anew: python -m tests.tidy.reader_tables"


def test_what_to_do_is_said_for_each_text_and_for_no_other() -> None:
    said = {*RESULTS.values(), *TERMINAL_STATUS.values(), *TROUBLES.values()}
    assert set(TO_DO) == said


def test_every_setting_of_a_reader_is_explained() -> None:
    missing = {one.name for one in fields(ReaderConfig) if f"`{one.name}`" not in READERS}
    assert not missing


def test_every_make_and_every_line_setting_is_named() -> None:
    told = set(re.findall(r"^\| `(\w+)` \| ", READERS, re.MULTILINE))
    assert set(MAKES) <= told
    for setting in (*BAUDS, *FORMATS):
        assert re.search(rf"\b{setting}\b", READERS), setting


def test_the_twelve_cases_are_listed_in_their_order() -> None:
    listed = re.findall(r"^\d+\. \*\*(.*?)\*\*", READERS, re.MULTILINE)
    assert listed == [case.name for case in CASES]


def test_the_files_a_driver_is_written_in_exist() -> None:
    named = re.findall(r"\]\(\.\./([\w/.]+)\)", DRIVERS)
    assert len(named) >= 10
    assert not [path for path in named if not (ROOT / path).exists()]
