"""A store in Germany reads German, all of it."""

import tomllib
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest

from tests.browser.conftest import Open, Situations

pytestmark = [pytest.mark.timeout(90), pytest.mark.xdist_group("german")]

GERMANY = "de-DE"
WORDS_MIN = 2


def texts(language: str) -> dict[str, str]:
    """The texts of a catalogue by their keys."""
    file = files("posd.page").joinpath("texts", f"{language}.toml")
    return dict(flat(tomllib.loads(file.read_text("utf-8"))))


def flat(table: dict[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for key, told in table.items():
        if isinstance(told, dict):
            yield from flat(told, f"{before}{key}.")
        else:
            yield f"{before}{key}", told


def english_only() -> list[str]:
    """Whole English texts that a German page can have for no other reason."""
    english, german = texts("en"), texts("de")
    return [
        told
        for key, told in english.items()
        if "{" not in told and len(told.split()) >= WORDS_MIN and german[key] != told
    ]


def test_a_store_in_germany_reads_german(shop_in: Situations, open_page: Open) -> None:
    page = open_page(shop_in("unproven-payment", GERMANY)).page
    assert page.locator("html").get_attribute("lang") == "de"
    told = page.get_by_role("main").inner_text()
    assert "89,50\xa0€" in told
    assert not [text for text in english_only() if text in told]
    assert len(english_only()) > 100
