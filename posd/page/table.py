"""Every page and every form: one table, from which the router and the access check are made."""

from typing import Final

from posd.page import (
    actions_page,
    assets,
    deeds,
    front_page,
    lists_page,
    live,
    payment_page,
    queue_page,
    reader_page,
    receipts_page,
    setup_page,
    sign_in_page,
    store_page,
)
from posd.page.visit import Access, Page

PAGES: Final[tuple[Page, ...]] = (
    Page("GET", "/", Access.LOOK, front_page.show),
    Page("GET", "/now", Access.LOOK, front_page.show_part),
    Page("GET", "/live", Access.LOOK, live.follow),
    Page("GET", "/payments", Access.LOOK, lists_page.show_payments),
    Page("GET", "/payments/{intent}", Access.LOOK, payment_page.show),
    Page("GET", "/readers", Access.LOOK, lists_page.show_readers),
    Page("GET", "/readers/{reader}", Access.LOOK, reader_page.show),
    Page("GET", "/queue", Access.LOOK, queue_page.show),
    Page("GET", "/payments/{intent}/receipts", Access.MANAGER, receipts_page.of_payment),
    Page("GET", "/readers/{reader}/receipts", Access.MANAGER, receipts_page.of_days),
    Page("POST", "/readers/{reader}/reprint", Access.MANAGER, receipts_page.reprint),
    Page("GET", "/static/{name}", Access.LOOK, assets.send),
    Page("GET", "/setup", Access.LOOK, setup_page.show),
    Page("POST", "/setup", Access.LOOK, setup_page.set_up),
    Page("GET", "/sign-in", Access.LOOK, sign_in_page.show),
    Page("POST", "/sign-in", Access.LOOK, sign_in_page.sign_in),
    Page("POST", "/sign-out", Access.MANAGER, sign_in_page.sign_out),
    Page("GET", "/pin", Access.MANAGER, sign_in_page.show_pin),
    Page("POST", "/pin", Access.MANAGER, sign_in_page.change_pin),
    Page("GET", "/store", Access.MANAGER, store_page.show),
    Page("POST", "/store", Access.MANAGER, store_page.say),
    Page("GET", "/actions", Access.MANAGER, actions_page.show),
    Page("GET", "/done", Access.MANAGER, actions_page.show_done),
    *deeds.pages(),
)
