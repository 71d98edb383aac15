"""Every link in every page leads to a file that exists, and to a heading in it."""

from pathlib import Path

import pytest

from tests.tidy.markdown import parse, slug
from tests.tidy.tree import ROOT, files, name_of

PAGES = files(".md")


def broken(page: Path) -> list[str]:
    """The links of a page that lead nowhere."""
    return [link for link in parse(page.read_text()).links if not leads_somewhere(page, link)]


def leads_somewhere(page: Path, link: str) -> bool:
    """Whether a link from the page has its target. Links to the world outside are not followed."""
    if link.startswith(("https://", "mailto:")):
        return True
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.exists() or not target.is_relative_to(ROOT):
        return False
    return not anchor or anchor in parse(target.read_text()).anchors


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    assert not broken(page)


def test_a_link_to_a_missing_file_or_heading_is_found() -> None:
    page = ROOT / "README.md"
    assert not leads_somewhere(page, "docs/no-such-page.md")
    assert not leads_somewhere(page, "docs/money-rules.md#m99")
    assert not leads_somewhere(page, "../outside.md")


def test_code_holds_no_links() -> None:
    assert parse("`a[1](x)` and\n```\n[b](y)\n```\n[c](z)").links == ("z",)


def test_anchors_are_made_as_github_makes_them() -> None:
    assert slug("M9: a cancel, `is` a request") == "m9-a-cancel-is-a-request"
    assert parse("# A\n## A\n").anchors == {"a", "a-1"}
