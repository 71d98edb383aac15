"""`docs/configuration.md` and the configuration's dataclasses say the same, both ways."""

import re
import tomllib
from dataclasses import MISSING, Field, fields
from datetime import time
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from posd.config import SECTIONS, parse
from tests.tidy.tree import ROOT

PAGE = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
EXAMPLE = files("posd.config").joinpath("example.toml").read_text("utf-8")
HEADINGS = {
    "": "## Top of the file",
    "store": "## [store]",
    "upstream": "## [upstream]",
    "offline": "## [offline]",
    "listen": "## [listen]",
    "lan": "## [lan]",
    "alarm": "## [alarm]",
    "mqtt": "## [mqtt]",
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


@pytest.mark.parametrize("section", SECTIONS)
def test_the_example_has_every_key_with_its_default(section: str) -> None:
    whole = tomllib.loads(re.sub(r"^#(?! )", "", EXAMPLE, flags=re.MULTILINE))
    held = whole[section] if section else whole
    table: dict[str, object] = held[0] if isinstance(held, list) else held
    known = {field.name: field for field in fields(SECTIONS[section])}
    assert table.keys() == known.keys()
    parts = re.split(r"^#?\[+(\w+)\]+$", EXAMPLE, flags=re.MULTILINE)
    text = dict(zip(["", *parts[1::2]], parts[::2], strict=True))[section]
    for key in re.findall(r"^#(\w+) =", text, re.MULTILINE):
        default = default_of(known[key])
        if default not in ("none", "required") and (section, key) not in ELSEWHERE:
            assert table[key] == default, key


def test_the_example_is_a_configuration() -> None:
    example = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)[0]
    assert parse(example, Path("posd.toml")).lane[0].reader == "front"
