"""Which parts of what posd knows may go to support; pure.

Of a fact go its numbers, its words of closed lists, and the texts that are listed here as ids. What
is not listed stays: order names, metadata, receipts, card and free text, and whatever a later
version adds.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final

import msgspec

from posd.journal.command import Entry
from posd.model.facts import Fact
from posd.render import Json

IDS: Final = frozenset(
    {
        "about",
        "account",
        "action",
        "agreement",
        "attempt",
        "audit",
        "business_day",
        "capture_method",
        "charge",
        "currency",
        "decline_code",
        "draft",
        "effect",
        "original",
        "payment_intent",
        "payment_record",
        "reader",
        "received",
        "refund",
        "restore",
        "software",
        "supersedes",
        "terminal_id",
        "upstream",
    }
)
"""Fields of facts whose text is an id, a date or one of posd's own words."""
UNTOLD: Final = frozenset({"order", "order_part", "metadata", "description"})
"""Keys of the snapshot that name what was sold."""


def told_of(entry: Entry) -> Json:
    """A fact as support reads it. One that this posd cannot read has its kind and no fields."""
    return {
        "seq": entry.seq,
        "kind": entry.kind,
        "version": entry.version,
        "object": entry.object,
        "boot": entry.boot,
        "actor": entry.actor,
        "wall_ms": entry.wall_ms,
        "legs": msgspec.Raw(entry.legs),
        "fields": {} if entry.fact is None else _fields(entry.fact),
    }


def without_orders(value: object) -> object:
    """The same JSON without what names what was sold, however deep it lies."""
    match value:
        case Mapping():
            return {k: without_orders(v) for k, v in value.items() if k not in UNTOLD}
        case list() | tuple():
            return [without_orders(one) for one in value]
        case _:
            return value


def _fields(fact: Fact) -> Json:
    told: Json = {}
    for name in fact.__struct_fields__:
        match getattr(fact, name):
            case Enum() as word:
                told[name] = word.value
            case bool() | int() as number:
                told[name] = number
            case str() as text if name in IDS:
                told[name] = text
            case _:
                pass
    return told
