"""Everything that can be clicked can be reached by keyboard, in order, and is seen when it is."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Open, Situations

pytestmark = [pytest.mark.timeout(120), pytest.mark.xdist_group("unproven-payment")]

STOPS_MAX = 60
TARGET_PX_MIN = 24
CLICKABLE = "a[href], button, input:not([type=hidden]), select, textarea, summary"
ALL_CLICKABLE = f"""() => [...document.querySelectorAll("{CLICKABLE}")]
    .filter(one => one.checkVisibility()).map((one, at) => one.dataset.stop = String(at))"""
HERE = """() => {
    const one = document.activeElement, style = getComputedStyle(one);
    const box = one.getBoundingClientRect();
    return {
        stop: one.dataset.stop, tag: one.tagName, text: one.innerText, display: style.display,
        outline: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
        inside: box.top >= 0 && box.bottom <= innerHeight && box.left >= 0,
        width: box.width, height: box.height,
    };
}"""


def stops(page: Page) -> list[dict[str, Any]]:
    """Where the Tab key leads on the page, in order, until it leaves it."""
    found: list[dict[str, Any]] = []
    for _ in range(STOPS_MAX):
        page.keyboard.press("Tab")
        here: dict[str, Any] = page.evaluate(HERE)
        if here["tag"] == "BODY":
            return found
        found.append(here)
    raise AssertionError(f"more than {STOPS_MAX} stops: {found}")


@pytest.mark.parametrize("path", ["/", "/setup"])
def test_the_tab_key_leads_everywhere_in_order_and_shows_where_it_is(
    path: str, shop_in: Situations, open_page: Open
) -> None:
    page = open_page(shop_in("unproven-payment"), path).page
    expected = page.evaluate(ALL_CLICKABLE)
    page.evaluate("scrollTo(0, 0)")
    found = stops(page)
    assert [stop["stop"] for stop in found] == expected
    assert not [stop for stop in found if not (stop["outline"] and stop["inside"])]


def test_the_first_stop_skips_what_is_on_every_page(shop_in: Situations, open_page: Open) -> None:
    page = open_page(shop_in("unproven-payment")).page
    page.keyboard.press("Tab")
    assert page.evaluate(HERE)["text"] == "Skip to the page"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize("path", ["/", "/setup"])
def test_a_finger_finds_what_it_is_to_touch(
    path: str, shop_in: Situations, open_page: Open
) -> None:
    """WCAG 2.2, 2.5.8: 24 pixels each way, but for a link in a sentence."""
    page = open_page(shop_in("unproven-payment"), path).page
    small = [
        stop
        for stop in stops(page)
        if stop["display"] != "inline" and min(stop["width"], stop["height"]) < TARGET_PX_MIN
    ]
    assert not small
