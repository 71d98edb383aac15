"""What a manager may have done, each from its button to what has come of it."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Protocol

import pytest
from playwright.sync_api import Page

from posd.live import Trouble
from posd.model.attempt import AttemptState
from posd.model.store_facts import ManagerActed
from tests.browser.conftest import Open
from tests.browser.deeds import carry_out, set_up
from tests.browser.mishaps import day_doubted, doubted, exchanged, lost_a_payment, quarantined
from tests.browser.shop import NOBODY, Shop
from tests.browser.situations import Yard

pytestmark = pytest.mark.timeout(120)

TILL = "Till 1"
WHY = "The customer was there, I saw it"
AMOUNT = 4200
MANAGER = "page:manager"


class OpenShop(Protocol):
    """Opens a store with one lane, which has sold once."""

    def __call__(self, stripe: str | None = None) -> Shop:
        """The store; it is closed when the test ends."""
        ...


@pytest.fixture
def open_shop(own_yard: Yard) -> Iterator[OpenShop]:
    with ExitStack() as opened:

        def open_shop(stripe: str | None = None) -> Shop:
            shop = Shop(own_yard.folder, own_yard.nursery, tills=(TILL,), stripe=stripe)
            opened.enter_context(closing(shop))
            shop.open()
            shop.pay(TILL, 1000, "1")
            return shop

        yield open_shop


def manager_at(shop: Shop, open_page: Open) -> Page:
    """The browser of a manager who has just set the PIN."""
    page = open_page(shop).page
    set_up(page, shop)
    return page


def test_a_reader_is_tested_restarted_and_its_day_closed(
    open_shop: OpenShop, open_page: Open
) -> None:
    shop = open_shop()
    page = manager_at(shop, open_page)
    assert "ready" in carry_out(page, shop, "Test without a payment").lower()
    assert carry_out(page, shop, "Check its line to its bank")
    assert carry_out(page, shop, "Close its day") == "The reader is closing its day."
    shop.waits_for(lambda: shop.day_status(TILL) == "closed")
    told = carry_out(page, shop, "Restart it", reason="It is slow today")
    assert told.startswith("The reader restarts within a minute")
    noted = [entry.fact for entry in shop.entries("store") if entry.actor == MANAGER]
    did = [fact.action for fact in noted if isinstance(fact, ManagerActed)]
    assert did == ["test", "diagnose", "restart"]


def test_an_unproven_payment_is_set_aside_decided_and_closed_when_proven_otherwise(
    open_shop: OpenShop, open_page: Open
) -> None:
    shop = open_shop()
    intent = doubted(shop, TILL, AMOUNT, "4711")
    page = manager_at(shop, open_page)
    carry_out(page, shop, "Set aside and free the reader", reason="The next customer waits")
    assert shop.attempt_state(intent) is AttemptState.SET_ASIDE
    choice = "The money was not taken"
    assert carry_out(page, shop, "Decide this payment", choice=choice, reason=WHY) == "Decided."
    assert shop.standing(intent)["state"] == "not_charged"
    attempt = shop.attempt_of(intent)
    assert WHY in str([entry.fact for entry in shop.entries(attempt) if entry.actor == MANAGER])
    shop.terminal_at(TILL).plug()
    shop.waits_for(lambda: shop.standing(intent)["state"] == "contradicted" and shop.drafts() == 1)
    told = carry_out(page, shop, "Nothing to give back", reason="Given back at the terminal")
    assert told == "Closed. Nothing goes back."


def test_what_was_charged_once_too_often_is_given_back(
    open_shop: OpenShop, open_page: Open
) -> None:
    shop = open_shop()
    intent = doubted(shop, TILL, AMOUNT, "4711")
    shop.terminal_at(TILL).meets(fault="sale_by_hand", amount=AMOUNT)
    shop.terminal_at(TILL).plug()
    page = manager_at(shop, open_page)
    shop.waits_for(lambda: shop.trouble_of(TILL) is None)
    choice = "The money was taken"
    assert carry_out(page, shop, "Decide this payment", choice=choice, reason=WHY) == "Decided."
    shop.ended(intent, "succeeded")
    shop.waits_for(lambda: shop.is_free(TILL) and shop.drafts() == 1)
    told = carry_out(page, shop, "Give the money back", reason="He paid twice")
    assert told == "The reader is ready for the card that gets the money back."
    shop.waits_for(lambda: shop.refunded(intent) == AMOUNT)


def test_what_waits_for_stripe_is_parked_sent_again_and_given_up(
    open_shop: OpenShop, open_page: Open
) -> None:
    shop = open_shop(NOBODY)
    page = manager_at(shop, open_page)
    park, retry, give_up = "Do not send it for now", "Send it again", "Give it up"
    assert carry_out(page, shop, park, reason="Asking support") == "It is not sent for now."
    assert shop.owed()["parked"] == 1
    assert carry_out(page, shop, retry, reason="They say it is fine") == "It is being sent again."
    assert shop.owed()["parked"] == 0
    carry_out(page, shop, park, reason="It was wrong after all")
    assert carry_out(page, shop, give_up, reason="Booked by hand") == "It is given up."


def test_another_terminal_is_taken_into_use_in_place_of_the_old_one(
    open_shop: OpenShop, open_page: Open
) -> None:
    shop = open_shop()
    page = manager_at(shop, open_page)
    exchanged(shop, TILL)
    choice = "It replaces the old one"
    told = carry_out(page, shop, "Take it into use", choice=choice, reason="The old one broke")
    assert told == "The reader is being taken into use."
    shop.waits_for(lambda: shop.is_online(TILL))
    shop.pay(TILL, AMOUNT, "2")


def test_a_reader_at_which_posd_failed_twice_is_taken_into_use_again(
    open_shop: OpenShop, open_page: Open
) -> None:
    shop = open_shop()
    quarantined(shop, TILL, AMOUNT)
    page = manager_at(shop, open_page)
    told = carry_out(page, shop, "Take it into use", reason="Looked at it, it is fine")
    assert told == "The reader is being taken into use."
    shop.waits_for(lambda: shop.trouble_of(TILL) != Trouble.QUARANTINED.value)


def test_an_end_of_day_that_nothing_proves_is_decided(open_shop: OpenShop, open_page: Open) -> None:
    shop = open_shop()
    day_doubted(shop, TILL)
    page = manager_at(shop, open_page)
    told = carry_out(
        page, shop, "Decide whether its day is closed", choice="Its day is closed", reason=WHY
    )
    assert told == "Decided."
    assert shop.day_status(TILL) == "closed"


def test_facts_that_a_journal_has_lost_are_accepted(open_shop: OpenShop, open_page: Open) -> None:
    shop = open_shop(NOBODY)
    lost_a_payment(shop, TILL, AMOUNT)
    page = manager_at(shop, open_page)
    told = carry_out(page, shop, "Let the tills sell", reason="Customers wait")
    assert told == "The tills may sell."
    told = carry_out(page, shop, "Accept what is missing", reason="Compared with the receipts")
    assert told == "Accepted. Reports to Stripe go on."
