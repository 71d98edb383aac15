"""A rule that code cites by number stands in the document that carries the rules."""

import re
from pathlib import Path

import pytest

from tests.tidy.markdown import headings
from tests.tidy.tree import ROOT, files, name_of

MONEY, STYLE = ROOT / "docs" / "money-rules.md", ROOT / "CONTRIBUTING.md"
CITING = files(".py", ".md", ".sql", ".toml", ".service", ".html")
ZVT = ROOT / "docs" / "zvt.md"
MONEY_RULES = frozenset(range(1, 19))


def cited(letter: str, text: str) -> set[int]:
    """The numbers of the rules that a text names; a range names both its ends."""
    return {int(number) for number in re.findall(rf"\b{letter}([1-9]\d?)\b", text)}


def stated(letter: str, page: Path) -> set[int]:
    """The numbers of the rules that a page gives a heading to, or a row of its own."""
    rows = re.findall(rf"^\*\*{letter}(\d+)\b", page.read_text(), re.MULTILINE)
    found = {int(number) for number in rows}
    return found.union(*(cited(letter, heading) for heading in headings(page.read_text())))


def test_all_eighteen_money_rules_are_stated() -> None:
    assert stated("M", MONEY) == MONEY_RULES


@pytest.mark.parametrize(("letter", "page"), [("M", MONEY), ("R", STYLE)])
def test_every_cited_rule_is_stated(letter: str, page: Path) -> None:
    known = stated(letter, page)
    unknown = {
        name_of(file): missing
        for file in CITING
        if (missing := cited(letter, file.read_text()) - known)
    }
    assert not unknown


def test_every_cited_section_of_zvt_exists() -> None:
    found = re.findall(r"^(?:#+ |- \*\*)(\d+(?:\.\d+)?)\b", ZVT.read_text(), re.MULTILINE)
    unknown = {
        name_of(file): missing
        for file in files(".py", ".txt", ".md")
        if (missing := set(re.findall(r"zvt\.md (\d+(?:\.\d+)?)", file.read_text())) - set(found))
    }
    assert found
    assert not unknown


def test_code_cites_no_page_that_is_not_here() -> None:
    here = {page.name for page in files(".md")}
    code = [file for file in files(".py", ".txt", ".toml") if "tidy" not in file.parts]
    for file in code:
        assert not set(re.findall(r"\b([\w-]+\.md)\b", file.read_text())) - here, name_of(file)


def test_a_rule_nobody_states_is_found() -> None:
    assert cited("M", f"as {'M'}77 says") - stated("M", MONEY) == {77}
