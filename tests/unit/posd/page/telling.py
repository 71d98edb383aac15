"""How the tests have a snapshot told."""

from posd.page.catalogue import catalogue, shipped
from posd.page.html import page
from posd.page.words import Words
from posd.snapshot.views import Snapshot


def english(snapshot: Snapshot) -> Words:
    """In English, with amounts and times as the store's locale writes them."""
    return Words(snapshot, shipped("en"))


def german(snapshot: Snapshot) -> Words:
    """In German."""
    return Words(snapshot, shipped("de"))


def front(snapshot: Snapshot) -> str:
    """The front page, in the store's language."""
    return page("front.html", snapshot, Words(snapshot, catalogue(snapshot.locale)))
