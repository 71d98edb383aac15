"""Who gets a reader: what must be true before an attempt begins there (M7, M18)."""

from typing import NoReturn

from posd import quarantine
from posd.errors import Refused
from posd.intents import no_such
from posd.journal.command import Ledger
from posd.model.attempt import Attempt
from posd.model.facts import AttemptKind, Baseline
from posd.model.projection import Circumstance
from posd.model.reader import Reader
from posd.model.upstream_facts import MirrorKind


def admit(reader_id: str, ledger: Ledger, at: Circumstance) -> Reader:
    """The reader, free for an attempt. Raises Refused: unknown, quarantined, or taken."""
    reader = attached(reader_id, ledger)
    taken = ledger.unended_at(reader.id)
    quarantine.refuse(reader, taken.payment_intent if taken is not None else None)
    if taken is not None:
        busy(taken, at)
    return reader


def attached(reader_id: str, ledger: Ledger) -> Reader:
    """The attached reader of that id. Raises Refused where there is none."""
    reader = ledger.reader(reader_id)
    if reader is not None and not reader.deleted:
        return reader
    known = ledger.mirrored(reader_id)
    if known is None or known.gone or known.kind is not MirrorKind.READER:
        raise no_such("reader", reader_id)
    raise Refused(
        "parameter_invalid",
        f"Reader '{reader_id}' is one of Stripe's own: posd shows it and takes no payment on it "
        "yet.",
        param="reader",
    )


def on_the_line(reader: Reader, baseline: Baseline | None) -> Baseline:
    """What its terminal says of itself. Raises Refused where it is not there, or not asked yet."""
    if baseline is None:
        raise Refused(
            "terminal_reader_offline",
            f"Reader '{reader.id}' takes no payment now: its terminal is away, or wants something "
            f"first. POST /posd/v1/readers/{reader.id}/test tells what.",
        )
    return baseline


def busy(taken: Attempt, at: Circumstance) -> NoReturn:
    """Refuse: an attempt takes the reader."""
    age_s = (at.wall_ms - taken.started_ms) // 1000
    doing = f"has '{taken.payment_intent}' in hand: {taken.amount} {taken.currency}"
    if taken.kind is AttemptKind.END_OF_DAY:
        doing = "closes its day"
    raise Refused(
        "terminal_reader_busy",
        f"The reader {doing} for {age_s} s.",
        payment_intent=taken.payment_intent or None,
    )
