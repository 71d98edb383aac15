"""The first start and the manager's PIN, as somebody goes through them in a browser."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.browser.axe import SCRIPT, violations
from tests.browser.conftest import Open
from tests.browser.manager import PIN, WRONG_PIN, set_up, sign_in
from tests.browser.shop import Shop
from tests.browser.situations import Yard, first_start

pytestmark = pytest.mark.timeout(60)

FREE_TRIES = 4


@pytest.fixture
def new_shop(own_yard: Yard) -> Iterator[Shop]:
    """A store whose posd has just been installed."""
    with closing(first_start(own_yard)) as shop:
        yield shop


def test_the_code_in_the_log_makes_a_manager_and_nobody_after_that(
    new_shop: Shop, open_page: Open
) -> None:
    first = open_page(new_shop, "/sign-in")
    assert first.page.url == f"{new_shop.url}/setup", "without a PIN it is the first start"
    set_up(first.page, new_shop, code="2222-2222")
    assert first.page.get_by_role("alert").inner_text() == "That was not the code."
    set_up(first.page, new_shop)
    assert first.page.url == f"{new_shop.url}/"
    (cookie,) = first.page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Strict", "/")
    second = open_page(new_shop, "/setup")
    assert second.page.url == f"{new_shop.url}/sign-in", "the code is spent"
    assert not second.page.context.cookies()
    assert not first.complaints


def test_too_many_wrong_pins_lock_the_door_for_the_right_one_too(
    new_shop: Shop, open_page: Open
) -> None:
    set_up(open_page(new_shop).page, new_shop)
    page = open_page(new_shop).page
    for _ in range(FREE_TRIES):
        sign_in(page, new_shop, WRONG_PIN)
        assert page.get_by_role("alert").inner_text() == "That was not the PIN."
    sign_in(page, new_shop, WRONG_PIN)
    sign_in(page, new_shop, PIN)
    assert page.get_by_role("alert").inner_text().startswith("Too many wrong tries.")
    assert not page.context.cookies()


def test_who_wants_a_page_of_the_manager_signs_in_and_is_led_there(
    new_shop: Shop, open_page: Open
) -> None:
    set_up(open_page(new_shop).page, new_shop)
    page = open_page(new_shop, "/pin").page
    page.get_by_label("PIN").press_sequentially(PIN)
    page.keyboard.press("Enter")
    page.get_by_label("PIN as it is now").wait_for()
    assert page.url == f"{new_shop.url}/pin"


@pytest.mark.skipif(not SCRIPT.exists(), reason="another test says so")
def test_nothing_serious_is_wrong_with_the_way_in(new_shop: Shop, open_page: Open) -> None:
    found = {"/setup": violations(open_page(new_shop, "/setup").page)}
    manager = open_page(new_shop)
    set_up(manager.page, new_shop)
    found["/sign-in"] = violations(open_page(new_shop, "/sign-in").page)
    manager.page.goto(f"{new_shop.url}/pin")
    found["/pin"] = violations(manager.page)
    assert not any(found.values()), found
