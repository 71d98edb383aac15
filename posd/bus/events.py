"""A fact of the journal → the message that tells others of it; pure."""

from collections.abc import Callable
from typing import Any, TypeAlias

import msgspec

from posd.bus.event_types import ATTEMPT, ATTEMPT_NOUNS, EVENT_TYPES, MONEY, UNREADABLE
from posd.bus.port import Message
from posd.bus.topics import Topics
from posd.journal.command import Entry
from posd.model.attempt import Attempt
from posd.model.facts import Fact

AttemptOf: TypeAlias = Callable[[str], Attempt | None]
"""The attempt of that id, as it stands."""


def event(
    entry: Entry, topics: Topics, attempt_of: AttemptOf, *, historical: bool, amounts: bool
) -> Message:
    """The message of one fact. However often it is told, `id` and `seq` are the same.

    `historical`: it was on disk before the connection that tells it. `amounts`: sums are told too.
    """
    kind, data = _told(entry.fact, attempt_of, amounts=amounts)
    payload = {
        "id": entry.hash.hex()[:32],
        "type": kind,
        "seq": entry.seq,
        "ts": entry.wall_ms,
        "boot": entry.boot,
        "source": topics.prefix,
        "subject": entry.object,
        "livemode": entry.livemode,
        "historical": historical,
        "data": data,
    }
    return Message(topics.event(kind), msgspec.json.encode(payload))


def _told(fact: Fact | None, attempt_of: AttemptOf, *, amounts: bool) -> tuple[str, dict[str, Any]]:
    """What it is called, and its fields."""
    if fact is None:
        return UNREADABLE, {}
    row = EVENT_TYPES[type(fact).__name__]
    fields = [name for name in row.fields if amounts or name not in MONEY]
    data = {name: getattr(fact, name) for name in fields}
    noun, _, verb = row.name.partition(".")
    if noun != ATTEMPT:
        return row.name, data
    attempt = attempt_of(data["attempt"])
    if attempt is None:  # it belongs to a fact that this posd cannot read
        return row.name, data
    about = {
        "payment_intent": attempt.payment_intent or None,
        "reader": attempt.reader,
        "kind": attempt.kind,
    }
    return f"{ATTEMPT_NOUNS[attempt.kind]}.{verb}", about | data
