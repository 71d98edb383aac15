"""What must hold of a captured payment and of an end of day: small functions, as in `invariants`.

Whatever is held is taken or given back once (M11), nothing that is only held is told to Stripe
(M12), and no day is closed over what is not proven.
"""

from collections.abc import Iterator
from typing import Final
from urllib.parse import parse_qs

from posd.journal.command import Entry
from posd.model.facts import AttemptKind, AttemptStarted
from posd_simulator.terminal.ledger import BOOKING, RELEASE, REVERSAL
from posd_simulator.terminal.ledger import Entry as Booking
from tests.simulation.evidence import Booked, Evidence, Posted
from tests.simulation.history import CHARGES, NO_MONEY, UNPROVEN, AttemptSeen

ENDS_A_HOLD: Final = frozenset({AttemptKind.CAPTURE, AttemptKind.RELEASE, AttemptKind.REVERSAL})
GIVES_BACK: Final = frozenset({AttemptKind.RELEASE, AttemptKind.REVERSAL, AttemptKind.REFUND})
DONE_TO_A_HOLD: Final = {
    BOOKING: AttemptKind.CAPTURE,
    RELEASE: AttemptKind.RELEASE,
    REVERSAL: AttemptKind.REVERSAL,
}


def stands(tries: list[AttemptSeen]) -> bool:
    """Whether a payment with these attempts may hold or have taken money, and keeps it."""
    if any(one.state in UNPROVEN for one in tries):
        return True
    done = [one for one in tries if one.state == "approved"]
    taken = [one for one in done if one.kind in CHARGES]
    back = sum(one.amount for one in done if one.kind in GIVES_BACK)
    captured = [one.amount for one in done if one.kind is AttemptKind.CAPTURE]
    return bool(taken) and back < sum(captured or [one.amount for one in taken])


def i11_what_is_held_ends_once(seen: Evidence, entry: Entry) -> Iterator[str]:
    """I11: what is held is captured or given back, once, and never more than is held (M11)."""
    fact = entry.fact
    if not isinstance(fact, AttemptStarted) or not fact.payment_intent:
        return
    if fact.kind not in ENDS_A_HOLD or fact.refund is not None:
        return
    tries = seen.history.tries(fact.payment_intent)
    held = seen.history.attempts.get(fact.original or "")
    if held is None or held.state != "approved" or held.kind not in CHARGES:
        yield f"{entry.object} ends a hold that is {held}"
    elif not 0 < fact.amount <= held.amount:
        yield f"{entry.object} moves {fact.amount} of {held.amount}"
    ended = [one for one in tries if one.kind in ENDS_A_HOLD and one.state not in NO_MONEY]
    if ended or seen.history.intents[fact.payment_intent].captured_s is not None:
        yield f"{entry.object} ends what {ended or 'a capture'} has ended"


def i11_a_terminal_ends_what_was_asked_for(_seen: Evidence, booked: Booked) -> Iterator[str]:
    """I11: a terminal books or releases a reservation because an attempt in hand asked for it."""
    kind = DONE_TO_A_HOLD.get(booked.line.transaction.kind)
    if booked.line.entry is not Booking.STORED or kind in (None, AttemptKind.REVERSAL):
        return
    if booked.attempt is None or booked.attempt.kind is not kind:
        yield f"{booked.reader} does {booked.line.transaction.kind} for {booked.attempt}"


def i3_what_is_only_held_is_not_told(seen: Evidence, posted: Posted) -> Iterator[str]:
    """I3: Stripe hears of what is taken, and of nothing that is only held (M12)."""
    if posted.method != "POST":
        return
    for name in parse_qs(posted.body.decode()).get("metadata[posd_attempt]", []):
        attempt = seen.history.attempts[name]
        intent = seen.history.intents[attempt.intent]
        only_held = attempt.kind is AttemptKind.SALE and intent.manual and intent.captured_s is None
        if only_held or attempt.kind is AttemptKind.PREAUTHORISATION:
            yield f"{posted.path} tells of {attempt}, which is held"


def i6_no_day_ends_over_what_is_open(seen: Evidence, entry: Entry) -> Iterator[str]:
    """I6: no end of day begins while anything at its reader is unproven or reserved (M11)."""
    fact = entry.fact
    if not isinstance(fact, AttemptStarted) or fact.kind is not AttemptKind.END_OF_DAY:
        return
    here = [one for one in seen.history.attempts.values() if one.reader == fact.reader]
    for one in here:
        if one.state in UNPROVEN:
            yield f"{entry.object} begins while {one.id} is {one.state}"
        elif one.intent in seen.history.imported:
            continue  # captured or released by a lost attempt, as Stripe tells
        elif one.kind is AttemptKind.PREAUTHORISATION and one.state == "approved":
            ended = [
                other
                for other in seen.history.tries(one.intent)
                if other.original == one.id and other.state == "approved"
            ]
            if not ended:
                yield f"{entry.object} begins while {one.id} is reserved"
