"""What the address that is told of alarms reads: the words that the page has for the same.

What makes them is loaded when the first alarm is told.
"""

from pathlib import Path

from posd.snapshot.concern_views import Concern
from posd.snapshot.views import Snapshot


def advice(texts: Path | None, snapshot: Snapshot, concern: Concern) -> tuple[str, str]:
    """What is wrong and what to do, in the store's language, laid over by its own `texts`."""
    from posd.page.catalogue import catalogue
    from posd.page.said_words import remedy, title
    from posd.page.words import Words

    words = Words(snapshot, catalogue(snapshot.locale, texts))
    return title(concern, words), remedy(concern, words)
