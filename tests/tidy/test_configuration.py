"""`docs/configuration.md` and the configuration's dataclasses say the same, both ways."""

import re
import tomllib
from dataclasses import MISSING, Field, fields
from datetime import time
from pathlib import Path
from typing import Any

import pytest

from posd.config import SECTIONS, parse
from tests.tidy.tree import ROOT

PAGE = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
HEADINGS = {
    "": "## Top of the file",
    "store": "## [store]",
    "upstream": "## [upstream]",
    "offline": "## [offline]",
    "listen": "## [listen]",
    "lan": "## [lan]",
    "alarm": "## [alarm]",
    "log": "## [log]",
    "lane": "## [[lane]]",
    "reader": "## [[reader]]",
    "key": "## [[key]]",
}
ELSEWHERE = {("reader", "currency"): "the store's", ("reader", "end_of_day"): "the store's"}
"""Defaults that come from another key of the file."""


def documented(section: str) -> dict[str, str]:
    """The keys of a section's table, each with what stands in its column for defaults."""
    text = PAGE.partition(f"\n{HEADINGS[section]}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \| (.+) \|$", text, re.MULTILINE)
    return {key: default for key, _, default, _ in rows}


def default_of(field: Field[Any]) -> object:
    """What the documents must say of a field's default, as TOML has it."""
    match field.default:
        case value if value is MISSING:
            return "required"
        case None:
            return "none"
        case time() as moment:
            return moment.strftime("%H:%M")
        case Path() as path:
            return str(path)
        case tuple() as items:
            return list(items)
        case value:
            return value


@pytest.mark.parametrize("section", SECTIONS)
def test_the_table_of_a_section_is_its_dataclass(section: str) -> None:
    told = documented(section)
    known = {field.name: field for field in fields(SECTIONS[section])}
    assert told.keys() == known.keys() - (set() if section else SECTIONS.keys())
    for key, default in told.items():
        value: object = default
        if default.startswith("`"):
            value = tomllib.loads(f"value = {default.strip('`')}")["value"]
        assert value == ELSEWHERE.get((section, key), default_of(known[key])), key


def test_the_example_is_a_configuration() -> None:
    example = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)[0]
    assert parse(example, Path("posd.toml")).lane[0].reader == "front"
