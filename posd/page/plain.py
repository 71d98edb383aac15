"""The page's words where there is no page: in English, for operators' commands."""

from posd.page.catalogue import shipped
from posd.page.words import Words
from posd.snapshot.views import Snapshot


def english(snapshot: Snapshot) -> Words:
    """The snapshot in English, with amounts and times as the store's locale writes them."""
    return Words(snapshot, shipped("en"))
