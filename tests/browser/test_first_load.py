"""The page as it opens, in each of the six situations."""

import pytest

from tests.browser.axe import SCRIPT, violations
from tests.browser.browser import PHONE
from tests.browser.conftest import Open, Situations
from tests.browser.shop import STORE
from tests.browser.situations import SITUATIONS

pytestmark = pytest.mark.timeout(90)  # the first to ask for a situation makes it

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
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.skipif(not SCRIPT.exists(), reason="another test says so")
def test_nothing_serious_is_in_the_way_of_assistive_technology(
    situation: str, scheme: str, shop_in: Situations, open_page: Open
) -> None:
    opened = open_page(shop_in(situation), color_scheme=scheme)
    assert not violations(opened.page)


@in_each
def test_a_phone_shows_it_without_scrolling_sideways(
    situation: str, shop_in: Situations, open_page: Open
) -> None:
    opened = open_page(shop_in(situation), viewport=PHONE)
    assert opened.page.evaluate(WIDER_THAN_THE_SCREEN) <= 0


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
    situation: str, told: str, shop_in: Situations, open_page: Open
) -> None:
    opened = open_page(shop_in(situation))
    main = opened.page.get_by_role("main").inner_text()
    assert told in main[: len(main) // 2]
    assert STORE in opened.page.title()
