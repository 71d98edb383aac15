"""Every column of an audit's CSV, and every word in it, stands in the documents."""

import re

from posd.model.audit import Differs, Unchecked
from posd.render.audit_csv import COLUMNS
from tests.tidy.tree import ROOT

SECTION = (
    (ROOT / "docs" / "api.md")
    .read_text()
    .partition("## The books compared")[2]
    .partition("\n## ")[0]
)


def test_the_table_of_columns_is_the_csv() -> None:
    table = SECTION.partition("| column |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(COLUMNS)


def test_every_word_of_a_comparison_is_explained() -> None:
    words = {one.value for one in (*Unchecked, *Differs)}
    assert not {word for word in words if f"`{word}`" not in SECTION}
