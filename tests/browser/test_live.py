"""What has happened is on the page within a second, and the page says when it may be old."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Page, expect

from posd.model.facts import AttemptApproved
from tests.browser.conftest import Open
from tests.browser.shop import Shop
from tests.browser.situations import Yard
from tests.crash.store import eventually

pytestmark = [pytest.mark.timeout(120), pytest.mark.xdist_group("live")]

LATE_MS_MAX = 1_000
TRIES = 3
"""A busy machine may be late of itself once, not each time."""
SHOWN_S = 5.0
AMOUNT, SHOWN = 2345, "€23.45"
NOTE_CHANGES = """() => {
    window.changes = [];
    const note = () => window.changes.push([Date.now(), document.body.innerText]);
    new MutationObserver(note).observe(
        document.body, {childList: true, subtree: true, characterData: true});
}"""


@pytest.fixture
def shop(own_yard: Yard) -> Iterator[Shop]:
    """A store with one lane that has sold before."""
    with closing(Shop(own_yard.folder, own_yard.nursery, tills=("Till 1",), stripe=None)) as shop:
        shop.open()
        shop.pay("Till 1", 1000, "1")
        yield shop


def first_shown_ms(page: Page, text: str) -> int:
    """When a text came onto the page, in milliseconds of the machine's clock."""
    first = "text => window.changes.find(([, told]) => told.includes(text))?.[0] ?? null"
    assert eventually(lambda: page.evaluate(first, text) is not None, SHOWN_S), text
    return int(page.evaluate(first, text))


def test_a_payment_is_on_the_page_within_a_second_of_its_commit(
    shop: Shop, open_page: Open
) -> None:
    opened = open_page(shop)
    loads = len(opened.asked)
    opened.page.evaluate(NOTE_CHANGES)
    attempt = shop.attempt_of(shop.pay("Till 1", AMOUNT, "2"))
    (approved_ms,) = (
        entry.wall_ms for entry in shop.entries(attempt) if isinstance(entry.fact, AttemptApproved)
    )
    assert first_shown_ms(opened.page, SHOWN) - approved_ms < LATE_MS_MAX
    assert f"{shop.url}/" not in opened.asked[loads:], "the page was not loaded anew for it"
    assert not opened.complaints + opened.refused


def test_a_cable_that_is_pulled_is_on_the_page_within_a_second(shop: Shop, open_page: Open) -> None:
    page, pulled = open_page(shop).page, "Unplugged, or without power."
    late_ms = []
    for _ in range(TRIES):
        expect(page.get_by_role("main")).not_to_contain_text(pulled)
        page.evaluate(NOTE_CHANGES)
        pulled_ms = int(page.evaluate("Date.now()"))
        shop.terminal_at("Till 1").unplug()
        late_ms.append(first_shown_ms(page, pulled) - pulled_ms)
        if late_ms[-1] < LATE_MS_MAX:
            return
        shop.terminal_at("Till 1").plug()
    raise AssertionError(late_ms)


def test_who_has_come_to_a_place_by_keyboard_stays_there(shop: Shop, open_page: Open) -> None:
    page = open_page(shop).page
    page.evaluate(NOTE_CHANGES)
    page.get_by_role("button", name="Print").focus()
    shop.pay("Till 1", AMOUNT, "2")
    first_shown_ms(page, SHOWN)
    expect(page.get_by_role("button", name="Print")).to_be_focused()


def test_a_page_that_stays_open_comes_to_what_a_fresh_one_shows(
    shop: Shop, open_page: Open
) -> None:
    page = open_page(shop).page
    shop.decline("Till 1", 990, "2")
    shop.pay("Till 1", AMOUNT, "3")
    shop.terminal_at("Till 1").unplug()
    expect(page.get_by_role("main")).to_contain_text("Unplugged, or without power.")
    fresh = open_page(shop).page.locator("#now").inner_text()
    expect(page.locator("#now")).to_have_text(fresh, use_inner_text=True)


def test_the_page_says_that_it_may_be_old_while_posd_is_away(shop: Shop, open_page: Open) -> None:
    page = open_page(shop).page
    page.clock.install()
    page.reload()
    expect(page.locator("#live")).to_have_text("live")
    shop.stop()
    page.clock.run_for(25_000)
    lost = page.get_by_role("alert")
    expect(lost).to_contain_text("What you see may be old.")
    shop.open()
    page.clock.run_for(10_000)
    expect(lost).to_be_hidden()
