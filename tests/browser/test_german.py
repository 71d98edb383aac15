"""A store in Germany reads German, all of it."""

import tomllib
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest

from tests.browser.conftest import Open, Situations
from tests.browser.deeds import PIN, code_of
from tests.browser.walk import walk

pytestmark = [pytest.mark.timeout(120), pytest.mark.xdist_group("german")]

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
    shop = shop_in("unproven-payment", GERMANY)
    page = open_page(shop, "/setup").page
    page.locator("[name=code]").fill(code_of(shop))
    for name in ("pin", "again"):
        page.locator(f"[name={name}]").fill(PIN)
    page.locator("form:has([name=code]) button").click()
    told = {kind: page.locator("body").inner_text() for kind in walk(page, shop)}
    english = english_only()
    assert len(english) > 100
    found = {kind: [text for text in english if text in said] for kind, said in told.items()}
    assert not {kind: texts for kind, texts in found.items() if texts}
    assert "89,50\xa0€" in told["/"]
    assert page.locator("html").get_attribute("lang") == "de"
