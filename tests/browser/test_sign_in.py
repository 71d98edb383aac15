"""The manager's PIN, as somebody gives it in a browser."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.browser.axe import SCRIPT, violations
from tests.browser.conftest import Open
from tests.browser.deeds import PIN, WRONG_PIN, set_up, sign_in
from tests.browser.shop import Shop
from tests.browser.situations import Yard

pytestmark = pytest.mark.timeout(120)

FREE_TRIES = 4


@pytest.fixture
def shop(own_yard: Yard) -> Iterator[Shop]:
    """A store without a terminal: nothing of this needs one."""
    with closing(Shop(own_yard.folder, own_yard.nursery, tills=(), stripe=None)) as shop:
        shop.start()
        yield shop


def test_too_many_wrong_pins_lock_the_door_for_the_right_one_too(
    shop: Shop, open_page: Open
) -> None:
    set_up(open_page(shop).page, shop)
    page = open_page(shop).page
    for _ in range(FREE_TRIES):
        sign_in(page, shop, WRONG_PIN)
        assert page.get_by_role("alert").inner_text() == "That was not the PIN."
    sign_in(page, shop, WRONG_PIN)
    sign_in(page, shop, PIN)
    assert page.get_by_role("alert").inner_text().startswith("Too many wrong tries.")
    assert not page.context.cookies()


def test_who_wants_a_page_of_the_manager_signs_in_and_is_led_there(
    shop: Shop, open_page: Open
) -> None:
    set_up(open_page(shop).page, shop)
    page = open_page(shop, "/pin").page
    page.get_by_label("PIN").press_sequentially(PIN)
    page.keyboard.press("Enter")
    page.get_by_label("PIN as it is now").wait_for()
    assert page.url == f"{shop.url}/pin"


@pytest.mark.skipif(not SCRIPT.exists(), reason="another test says so")
def test_nothing_serious_is_wrong_with_the_way_in(shop: Shop, open_page: Open) -> None:
    found = {"/setup": violations(open_page(shop, "/setup").page)}
    manager = open_page(shop)
    set_up(manager.page, shop)
    found["/sign-in"] = violations(open_page(shop, "/sign-in").page)
    manager.page.goto(f"{shop.url}/pin")
    found["/pin"] = violations(manager.page)
    assert not any(found.values()), found
