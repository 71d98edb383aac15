"""What support asks for of a fact: leg times and raw codes. Never an amount, never of a card."""

from collections.abc import Iterator
from typing import Final

import msgspec

from posd.journal.command import Entry
from posd.model.facts import (
    AttemptAborted,
    AttemptDeclined,
    AttemptStarted,
    DiscrepancyFound,
    EffectDone,
    EffectParked,
    Fact,
    OutcomeUnknown,
    PersonNeeded,
    StatusReported,
)
from posd.model.quarantine_facts import AttachmentBroken, ReaderQuarantined
from posd.model.reader_facts import ReaderIdentified

_legs: Final = msgspec.json.Decoder(dict[str, int])


def legs(entry: Entry) -> str:
    """How long it took, by leg, in milliseconds."""
    return ", ".join(f"{name} {ms}" for name, ms in _legs.decode(entry.legs).items())


def codes(entry: Entry) -> str:
    """What the terminal, Stripe or posd called it, in their own words."""
    told = _codes(entry.fact) if entry.fact is not None else ()
    return ", ".join(f"{name} {value}" for name, value in told if value not in (None, ""))


def _codes(fact: Fact) -> Iterator[tuple[str, object]]:
    match fact:
        case AttemptStarted(baseline=before):
            yield from (("terminal", before.terminal_id), ("receipt", before.receipt))
            yield from (("trace", before.trace), ("clock offset s", before.clock_offset_s))
        case StatusReported(transaction=said, reason=reason):
            yield from (("result", f"{said.result_code:02X}"), ("receipt", said.receipt))
            yield from (("trace", said.trace), ("turnover", said.turnover), ("reason", reason))
        case AttemptDeclined(code=code, decline_code=why):
            yield from (("result", f"{code:02X}"), ("decline", why))
        case AttemptAborted(code=code):
            yield "result", f"{code:02X}"
        case OutcomeUnknown() | PersonNeeded() | DiscrepancyFound():
            yield "reason", fact.reason
        case EffectDone(effect=effect, result=result):
            yield from (("effect", effect), ("result", result))
        case EffectParked(effect=effect, status=status, code=code):
            yield from (("effect", effect), ("HTTP", status), ("code", code))
        case AttachmentBroken() | ReaderQuarantined():
            yield from (("cause", fact.cause.value), ("error", fact.error))
        case ReaderIdentified(device=device, outcome_proof=proof):
            yield from (("device", device), ("proof", proof.value))
        case _:
            return
