"""What the address is told: what stops the store, how much money, and what to do; pure.

No card data, not even four digits, and no id of a reader's device. Amounts are minor units, times
seconds since 1970 UTC.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

import msgspec

from posd.snapshot.concern_views import Concern
from posd.snapshot.views import Snapshot

Advise: TypeAlias = Callable[[Snapshot, Concern], tuple[str, str]]
"""What is wrong and what to do, in the store's language.

It may take a while the first time, since texts are read from disk.
"""
Red: TypeAlias = tuple[frozenset[tuple[str, str]], int]
"""What stops the store, by kind and subject as far as it is shown, and how many such there are."""
NOTHING: Final[Red] = (frozenset(), 0)


def red(snapshot: Snapshot) -> Red:
    """What the address has to know; another value is news."""
    needs = snapshot.needs
    shown = frozenset((one.kind.value, one.subject) for one in needs.shown if one.stops)
    return shown, needs.stops


def message(snapshot: Snapshot, advise: Advise) -> bytes:
    """The JSON of the alarm; with nothing in `needs`, all is well again."""
    shown = [one for one in snapshot.needs.shown if one.stops]
    return msgspec.json.encode(
        {
            "object": "posd.alarm",
            "store": snapshot.store,
            "livemode": snapshot.livemode,
            "at": snapshot.at_ms // 1000,
            "revision": snapshot.revision,
            "help_code": snapshot.help_code,
            "verdict": snapshot.verdict.sentence,
            "needs": [_told(one, advise(snapshot, one)) for one in shown],
            "more": snapshot.needs.stops - len(shown),
        }
    )


def _told(concern: Concern, advice: tuple[str, str]) -> dict[str, str | int | None]:
    title, remedy = advice
    return {
        "kind": concern.kind.value,
        "title": title,
        "do": remedy,
        "where": concern.name,
        "order": concern.order,
        "amount": concern.amount,
        "currency": concern.currency,
        "since": None if concern.since_ms is None else concern.since_ms // 1000,
        "count": concern.count,
    }
