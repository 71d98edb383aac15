"""The page as it opens, in each of the six situations."""

import re

import pytest

from tests.browser.axe import SCRIPT, violations
from tests.browser.browser import PHONE
from tests.browser.conftest import FrontPage, Open, Situations
from tests.browser.shop import STORE
from tests.browser.situations import SITUATIONS

pytestmark = pytest.mark.timeout(120)  # the first to ask for a situation makes it

A_SHEET = re.compile(rb"/Type\s*/Page\b")
"""In the PDF that the browser prints to."""
FIRST_LOAD_OCTETS_MAX = 30 * 1024
in_each = pytest.mark.parametrize(
    "situation", [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in SITUATIONS]
)
WIDER_THAN_THE_SCREEN = "document.documentElement.scrollWidth - window.innerWidth"


@in_each
def test_the_first_load_is_small_and_asks_nobody_else(
    situation: str, shop_in: Situations, open_page: Open
) -> None:
    shop = shop_in(situation)
    opened = open_page(shop)
    opened.page.wait_for_load_state("load")
    assert opened.octets() <= FIRST_LOAD_OCTETS_MAX
    assert all(url.startswith((shop.url, "data:")) for url in opened.asked), opened.asked
    assert not opened.complaints + opened.refused


@in_each
@pytest.mark.skipif(not SCRIPT.exists(), reason="another test says so")
def test_nothing_serious_is_in_the_way_of_assistive_technology(
    situation: str, front_page: FrontPage
) -> None:
    page = front_page(situation)
    page.emulate_media(color_scheme="light")
    found = violations(page)
    page.emulate_media(color_scheme="dark")
    assert not found + violations(page)


@in_each
def test_a_phone_shows_it_without_scrolling_sideways(situation: str, front_page: FrontPage) -> None:
    page = front_page(situation)
    page.set_viewport_size(PHONE)
    assert page.evaluate(WIDER_THAN_THE_SCREEN) <= 0


@in_each
def test_it_comes_out_of_the_printer_as_one_sheet(situation: str, front_page: FrontPage) -> None:
    assert len(A_SHEET.findall(front_page(situation).pdf(format="A4"))) == 1


@pytest.mark.parametrize(
    ("situation", "told"),
    [
        pytest.param(name, told, marks=pytest.mark.xdist_group(name))
        for name, told in (
            ("all-well", "Every lane can take cards"),
            ("reader-lost", "Till 2"),
            ("unproven-payment", "€89.50"),
            ("offline-with-queue", "Stripe"),
            ("day-closed", "Every lane can take cards"),
        )
    ],
)
def test_the_page_says_first_what_a_manager_must_know(
    situation: str, told: str, front_page: FrontPage
) -> None:
    page = front_page(situation)
    main = page.get_by_role("main").inner_text()
    assert told in main[: len(main) // 2]
    assert STORE in page.title()
