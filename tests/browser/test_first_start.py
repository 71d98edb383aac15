"""The first start: from the code in the log to a store that can sell."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import expect

from tests.browser.axe import SCRIPT, violations
from tests.browser.conftest import Open
from tests.browser.deeds import set_up
from tests.browser.shop import STORE, TILLS, Shop
from tests.browser.situations import NEW, Yard, first_start

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def new_shop(own_yard: Yard) -> Iterator[Shop]:
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
    (cookie,) = first.page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Strict", "/")
    second = open_page(new_shop, "/setup")
    assert second.page.url == f"{new_shop.url}/sign-in", "the code is spent"
    assert not second.page.context.cookies()
    assert not first.complaints


def test_the_manager_then_names_the_store_and_its_lanes(new_shop: Shop, open_page: Open) -> None:
    page = open_page(new_shop).page
    set_up(page, new_shop)
    assert page.url == f"{new_shop.url}/store"
    assert not SCRIPT.exists() or not violations(page)
    page.get_by_label("What the store is called").fill(STORE)
    for reader, lane in zip(NEW, TILLS, strict=False):
        page.get_by_label(f"Lane of {reader}").fill(lane)
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(STORE)
    lanes = page.get_by_role("region", name="Lanes").get_by_role("heading", level=3)
    expect(lanes).to_contain_text(TILLS[: len(NEW)])
