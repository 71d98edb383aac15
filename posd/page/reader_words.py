"""How readers and lanes are told: what they do, and what helps where they do nothing."""

from collections.abc import Sequence
from typing import Final

from posd.live import Trouble
from posd.model.facts import AttemptKind
from posd.page.payment_words import GIVES_BACK
from posd.page.words import Words
from posd.snapshot.views import (
    CloudReaderView,
    LaneView,
    Level,
    LocationView,
    ReaderStatus,
    ReaderView,
)
from posd_drivers.ability import Need
from posd_drivers.card_reader import Step

STRANGERS: Final = frozenset({Trouble.OTHER_TERMINAL.value, Trouble.OTHER_DEVICE.value})
"""Where what was found may be the reader's from now on."""
TOLD_NEEDS: Final = frozenset(Need) - {Need.CARD_REMOVED}
"""What an idle terminal wants that is worth a word; a card passes by itself."""


def status(reader: ReaderView, words: Words) -> str:
    """What a reader can do for its lane, or what it is doing."""
    if reader.need == Need.WAIT.value and reader.status is ReaderStatus.BUSY:
        return words.text("reader.doing.itself")
    if reader.status is ReaderStatus.BUSY and reader.kind in GIVES_BACK:
        return words.text("reader.doing.gives_back")
    if reader.status is ReaderStatus.BUSY and reader.kind is AttemptKind.END_OF_DAY:
        return words.text("reader.doing.end_of_day")
    return words.text(f"reader.status.{reader.status.value}")


def about(reader: ReaderView, words: Words) -> str:
    """What a reader does, or why it does nothing and what helps; nothing where all is well."""
    match reader.status:
        case ReaderStatus.ONLINE | ReaderStatus.NOT_READY:
            return _wants(reader, words)
        case ReaderStatus.BUSY:
            return _doing(reader, words)
        case ReaderStatus.RESOLVING:
            return words.text("reader.asked", what=_taken(reader, words))
        case ReaderStatus.OFFLINE | ReaderStatus.AWAY:
            return _absent(reader, words)
        case ReaderStatus.NEEDS_A_PERSON:
            return words.text("reader.blocked", what=_taken(reader, words))
        case ReaderStatus.QUARANTINED:
            return _quarantined(reader, words)


def lane(view: LaneView, words: Words) -> str:
    """What the lane should do where its own reader cannot."""
    if view.reader is None:
        return words.text("lanes.not_set_up")
    if view.level is Level.ATTENTION and view.fallback is not None:
        return words.text("lanes.use", reader=view.fallback.label)
    return ""


def last_sale(reader: ReaderView, words: Words) -> str:
    """When it last took a payment, what came of it and how long that took."""
    sale = reader.last_sale
    if sale is None:
        return words.text("lanes.no_sale")
    return words.text(
        "lanes.last_sale",
        at=words.at(sale.at_ms),
        amount=words.money(sale.amount, sale.currency),
        status=words.text(f"payment.status.{sale.status.value}"),
        time=words.took(sale.took_ms),
    )


def abilities(reader: ReaderView, words: Words) -> str:
    """What it can do for a lane."""
    return ", ".join(words.text(f"reader.ability.{one.value}") for one in reader.abilities)


def abilities_of_all(lanes: Sequence[LaneView], words: Words) -> str:
    """What each of several lanes can do, if that is the same; else nothing."""
    readers = [view.reader for view in lanes if view.reader is not None]
    told = {abilities(reader, words) for reader in readers}
    return words.text("lanes.each", abilities=told.pop()) if len(readers) > len(told) == 1 else ""


def cloud_reader(reader: CloudReaderView, words: Words) -> str:
    """What one of Stripe's own readers does, in Stripe's words."""
    told = reader.status or words.text("stripe.unheard_reader")
    if reader.action is None:
        return told
    doing = f"{reader.action} {reader.action_status or ''}".replace("_", " ").strip()
    return f"{told}, {doing}"


def has_locations(locations: Sequence[LocationView]) -> bool:
    """Whether where the readers are says more than the lanes do."""
    return any(location.id or location.cloud_readers for location in locations)


def _wants(reader: ReaderView, words: Words) -> str:
    known = reader.need is not None and Need(reader.need) in TOLD_NEEDS
    return words.text(f"reader.need.{reader.need}") if known else ""


def _doing(reader: ReaderView, words: Words) -> str:
    if reader.need == Need.WAIT.value:
        return words.text("reader.need.wait")
    step = words.text(f"reader.step.{reader.step or Step.CONNECTING.value}")
    return words.text("reader.at_work", what=_taken(reader, words), step=step)


def _absent(reader: ReaderView, words: Words) -> str:
    told = [words.text(f"reader.trouble.{reader.trouble or Trouble.ABSENT.value}")]
    if reader.last_seen_ms is not None:
        told.append(words.text("reader.last_answer", at=words.at(reader.last_seen_ms)))
    if reader.stranger is not None and reader.trouble in STRANGERS:
        told.append(words.text("reader.found_there", stranger=reader.stranger))
    return " ".join(told)


def _quarantined(reader: ReaderView, words: Words) -> str:
    why = words.text(f"reader.trouble.{Trouble.QUARANTINED.value}")
    if reader.since_ms is None:
        return why
    return words.text("reader.since", at=words.at(reader.since_ms), what=why)


def _taken(reader: ReaderView, words: Words) -> str:
    if reader.kind is AttemptKind.END_OF_DAY:
        return words.text("reader.end_of_day")
    if reader.amount is None or reader.currency is None:
        return words.text("reader.a_payment")
    amount = words.money(reader.amount, reader.currency)
    return words.text("reader.back", amount=amount) if reader.kind in GIVES_BACK else amount
