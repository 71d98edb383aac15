"""What must hold after every step: each a small function that yields what is wrong, if anything.

A step is a fact on disk, a line in a terminal's book, a sale that leaves posd, an answer that
reaches a till, a request that leaves for Stripe, or a record that becomes certain there. The
numbers are those of the reference the money rules were made from. Each function runs before its
step is added to the evidence.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qs

from posd.composition import DRAIN_S
from posd.journal.command import Entry
from posd.model import facts
from posd_simulator.terminal.ledger import PREAUTHORISATION, REFUND, REVERSAL, SALE
from posd_simulator.terminal.ledger import Entry as Booking
from tests.simulation import limits, moves
from tests.simulation.evidence import Booked, Commanded, Evidence, Guaranteed, Posted
from tests.simulation.history import CHARGES, EDGES, NO_MONEY, UNENDED, UNPROVEN
from tests.simulation.till import Told, Word

KEY_AGE_MAX_S: Final = 24 * 3600.0
"""Stripe keeps a key for a day; after that the same request may run anew."""
LOOKED_S: Final = 600.0
"""A look this long ago is a look before the send: the two follow each other, each in its turn."""
FREE: Final = frozenset(
    {"requires_payment_method", "canceled", "declined", "cancelled", "not_charged"}
)
"""What a till takes for leave to take the money again: Stripe's words and posd's."""
ACTION_FAILED: Final = "failed"
GIVES_BACK: Final = frozenset({REFUND, REVERSAL})
TAKES: Final = frozenset({facts.AttemptKind.SALE, facts.AttemptKind.CAPTURE})
IN_HAND: Final = frozenset({"started", "reported"})
ENDS_S: Final = DRAIN_S + 10.0
"""What runs at the readers, and then what is being answered."""
PAID: Final = frozenset({Word.PAID, Word.TAKEN})

Check: TypeAlias = Callable[[Evidence, Any], Iterator[str]]


def i1_one_sale_an_order(seen: Evidence, booked: Booked) -> Iterator[str]:
    """I1: at most one sale or reservation stands, over all terminals, for one order."""
    transaction = booked.line.transaction
    if transaction.amount in seen.mistaken or transaction.kind not in (SALE, PREAUTHORISATION):
        return
    if booked.line.entry is Booking.STORED and seen.standing.get(transaction.amount):
        yield f"{transaction.amount} is booked twice, now at {booked.reader}"


def i1_one_open_payment_an_order(seen: Evidence, entry: Entry) -> Iterator[str]:
    """I1: an order that is open, unproven or paid at a reader is not begun again (M7)."""
    if not isinstance(entry.fact, facts.AttemptStarted) or entry.fact.kind not in CHARGES:
        return
    intent = seen.history.intents[entry.fact.payment_intent]
    for other in seen.history.orders[intent.order or intent.id, intent.day]:
        if moves.stands(seen.history.tries(other)):
            yield f"{entry.object} begins while {other} of the same order stands"


def i1_guaranteed_once(seen: Evidence, record: Guaranteed) -> Iterator[str]:
    """I1: at most one certain record at Stripe for an attempt, of what it took."""
    earlier = seen.guaranteed.get(record.attempt, [])
    if any(one.record != record.record for one in earlier):
        yield f"{record.attempt} is guaranteed twice: {earlier[0].record} and {record.record}"
    attempt = seen.history.attempts.get(record.attempt)
    if record.attempt in seen.lost_attempts:
        return
    if attempt is None or attempt.state != "approved" or attempt.amount != record.value:
        yield f"{record.record} guarantees {record.value} for {record.attempt}: {attempt}"


def i2_booked_is_not_denied(_seen: Evidence, booked: Booked) -> Iterator[str]:
    """I2: what a terminal books is approved, or not proven yet; never proven not to be."""
    attempt, line = booked.attempt, booked.line
    if line.entry is not Booking.STORED:
        return
    if attempt is None:
        yield f"{booked.reader} books {line.transaction.amount}, which nobody asked for"
    elif attempt.state in NO_MONEY:
        yield f"{attempt.id} is booked and was already {attempt.state}"


def i2_denied_is_not_booked(seen: Evidence, entry: Entry) -> Iterator[str]:
    """I2: an attempt that stands in its terminal's book is never said to have taken nothing."""
    state = EDGES.get(entry.kind, (set(), None))[1]
    booked = seen.charged.get(entry.object)
    if state in NO_MONEY and booked is not None and booked not in seen.mistaken:
        yield f"{entry.object} becomes {state} and is booked: {booked}"


def i3_a_command_has_its_fact(seen: Evidence, command: Commanded) -> Iterator[str]:
    """I3: no sale leaves for a terminal before the disk says so (M1)."""
    attempt = seen.history.of_reader(command.reader)
    if attempt is None or attempt.state != "started":
        yield f"a sale goes to {command.reader}, whose latest attempt is {attempt}"


def i5_a_command_is_repeated_on_nak_only(seen: Evidence, command: Commanded) -> Iterator[str]:
    """I5: a sale leaves once, and again only if the terminal refused the frame (M3)."""
    attempt = seen.history.of_reader(command.reader)
    if attempt is not None and attempt.id in seen.commanded and not command.refused:
        yield f"the sale of {attempt.id} goes to {command.reader} once more"


def i3_a_report_is_kept_before_it_is_accepted(seen: Evidence, reader: str) -> Iterator[str]:
    """I3: an approving status is acknowledged once the disk has it, and not before (M2)."""
    attempt = seen.history.of_reader(reader)
    if attempt is None or attempt.state != "reported":
        yield f"{reader} is told that its report is kept; on disk: {attempt}"


def i3_a_report_has_its_fact(seen: Evidence, posted: Posted) -> Iterator[str]:
    """I3: nothing is told to Stripe that the disk does not have as approved (M12)."""
    if posted.method != "POST":
        return
    form = parse_qs(posted.body.decode())
    for name in form.get("metadata[posd_attempt]", []):
        attempt = seen.history.attempts.get(name)
        if attempt is None or attempt.state != "approved":
            yield f"{posted.path} tells of {name}, which is {attempt}"
        elif form["amount_requested[value]"] != [str(attempt.amount)]:
            yield f"{posted.path} tells {form['amount_requested[value]']} of {attempt}"


def i4_told_is_on_disk(seen: Evidence, told: Told) -> Iterator[str]:
    """I4: a till learns only what is durable: paid when approved, failed when proven (M4)."""
    states = {attempt.state for attempt in seen.history.tries(told.intent)}
    if told.word in PAID and "approved" not in states:
        yield f"{told.till} is told {told.intent} is paid; on disk: {sorted(states)}"
    if told.word is Word.FAILED and not states & NO_MONEY:
        yield f"{told.till} is told {told.intent} failed; on disk: {sorted(states)}"


def i4_unproven_is_not_free(seen: Evidence, told: Told) -> Iterator[str]:
    """I4: nobody who asks is told to take the money again while it may have moved (M4)."""
    known = seen.history.intents.get(told.intent)
    latest = seen.history.latest(told.intent) if known else None
    if latest is None or told.status not in FREE or latest.state not in UNPROVEN:
        return
    if latest.doubt_s is not None and latest.doubt_s < told.asked_s:
        yield f"{told.till} is told {told.status} of {told.intent}; on disk: {latest.state}"


def i4_paid_stays_paid(seen: Evidence, told: Told) -> Iterator[str]:
    """I4: what was told as paid is never told otherwise to somebody who asks later."""
    if told.status == ACTION_FAILED:
        return  # a reader tells of its own latest try; another may have taken the money since
    latest = seen.history.latest(told.intent)
    if latest is not None and latest.gives_back:
        return  # how a refund stands is told of the payment that it is of
    paid_s = seen.paid_s.get(told.intent)
    if paid_s is not None and told.asked_s > paid_s and told.word not in PAID:
        yield f"{told.till} is told {told.status} of {told.intent}, paid since {paid_s:.3f}"


def i5_a_key_starts_one_attempt(seen: Evidence, entry: Entry) -> Iterator[str]:
    """I5: a call that is doubled has no second effect: no more attempts than keys."""
    if isinstance(entry.fact, facts.AttemptStarted) and entry.fact.kind in CHARGES:
        intent = entry.fact.payment_intent
        pressed = len(seen.pressed.get(intent, ()))
        if sum(one.kind in CHARGES for one in seen.history.tries(intent)) >= pressed:
            yield f"{entry.object} is one attempt of {intent} too many: {pressed} key(s) asked"


def i6_one_sale_at_a_reader(seen: Evidence, entry: Entry) -> Iterator[str]:
    """I6: nothing begins at a reader, or of a payment, that has one without an end (M7)."""
    if not isinstance(entry.fact, facts.AttemptStarted):
        return
    at_reader = seen.history.of_reader(entry.fact.reader)
    of_intent = seen.history.latest(entry.fact.payment_intent)
    for other in (at_reader, of_intent):
        if other is not None and other.state in UNENDED:
            yield f"{entry.object} begins while {other.id} is {other.state}"


def i7_declared_edges_only(seen: Evidence, entry: Entry) -> Iterator[str]:
    """I7: an attempt moves along declared edges, and an end is the end."""
    if entry.kind in EDGES:
        attempt = seen.history.attempts.get(entry.object)
        if attempt is None or attempt.state not in EDGES[entry.kind][0]:
            yield f"{entry.kind} follows {attempt}"
    elif entry.object.startswith("att_") and entry.kind != "AttemptStarted":
        yield f"{entry.kind} is no declared move of an attempt"


def i7_facts_are_chained(seen: Evidence, entry: Entry) -> Iterator[str]:
    """I7: facts are numbered without a gap, and each names the hash of the one before (M16)."""
    if entry.seq != seen.history.head + 1 or entry.previous != seen.history.hash:
        yield f"fact {entry.seq} does not follow fact {seen.history.head}"


def i8_the_amount_that_was_asked_for(seen: Evidence, booked: Booked) -> Iterator[str]:
    """I8: a terminal books what the intent says, in its currency."""
    attempt, transaction = booked.attempt, booked.line.transaction
    if attempt is None or attempt.kind not in CHARGES:
        return
    wanted = seen.history.intents[attempt.intent].amount
    if (transaction.amount, transaction.currency) != (wanted, "eur"):
        yield f"{transaction.amount} {transaction.currency} is booked for {attempt}"


def i8_the_amount_that_is_approved(seen: Evidence, entry: Entry) -> Iterator[str]:
    """I8: what is approved is what was asked for, to the last minor unit (M10)."""
    match entry.fact:
        case facts.AttemptStarted(kind=kind, payment_intent=intent, amount=amount):
            if kind not in CHARGES:
                return
            wanted = seen.history.intents[intent].amount
        case facts.AttemptApproved(attempt=attempt, amount=amount):
            wanted = seen.history.attempts[attempt].amount
            if seen.history.attempts[attempt].kind is facts.AttemptKind.END_OF_DAY:
                return
        case _:
            return
    if amount != wanted or type(amount) is not int:
        yield f"{entry.kind} of {entry.object}: {amount!r}, not {wanted}"


def i9_a_key_makes_one_payment(seen: Evidence, made: tuple[str, str, str]) -> Iterator[str]:
    """I9: the same till with the same key is given the same PaymentIntent (M14)."""
    till, key, intent = made
    earlier = seen.made_with.get((till, key), intent)
    if earlier != intent:
        yield f"{till} was given {earlier} and {intent} under {key}"


def i10_one_key_one_body(seen: Evidence, posted: Posted) -> Iterator[str]:
    """I10: one effect is sent under one key with one body, over all tries and lives (M13).

    An attempt whose end the journal has lost may end otherwise, as a person decided, say. Its key
    stays what it was: of two bodies under one key Stripe takes the first.
    """
    if posted.method != "POST":
        return
    if posted.key is None:
        yield f"{posted.path} is sent without a key"
        return
    what = (posted.path, posted.body)
    lost = posted.key.rpartition("-")[0] in seen.lost_attempts
    if seen.keys.get(posted.key, what) != what and not lost:
        yield f"{posted.key} carries something else than before"
    if seen.bodies.get(what, posted.key) != posted.key:
        yield f"{posted.path} is sent under {posted.key} and under {seen.bodies[what]}"


def i10_an_old_key_looks_first(seen: Evidence, posted: Posted) -> Iterator[str]:
    """I10: once Stripe may have forgotten the key, posd looks before it tells what went back.

    A report of a payment is harmless twice: it leaves a record that guarantees nothing.
    """
    record, _, call = posted.path.rpartition("/")
    first_s = seen.first_sent_s.get(posted.key or "", posted.at_s)
    old = posted.at_s - first_s > KEY_AGE_MAX_S
    looked_s = seen.looked_s.get(record, -LOOKED_S)
    if call == "report_refund" and old and posted.at_s - looked_s > LOOKED_S:
        yield f"{posted.key} is sent again after {posted.at_s - first_s:.0f} s without a look"


def i16_what_was_paid_goes_back_once(seen: Evidence, entry: Entry) -> Iterator[str]:
    """I16: only of what is paid something goes back, and never more than that (M7, M11)."""
    fact = entry.fact
    if not isinstance(fact, facts.AttemptStarted) or fact.refund is None:
        return
    tries = seen.history.tries(fact.payment_intent)
    taken = sum(one.amount for one in tries if one.state == "approved" and one.kind in TAKES)
    gone = sum(one.amount for one in tries if one.gives_back and one.state not in NO_MONEY)
    if gone + fact.amount > taken:
        yield f"{entry.object} gives {fact.amount} back of {taken}, of which {gone} may be gone"


def i16_a_terminal_gives_what_was_asked_for(_seen: Evidence, booked: Booked) -> Iterator[str]:
    """I16: a terminal gives back nothing that no attempt in hand asked for."""
    transaction, attempt = booked.line.transaction, booked.attempt
    if transaction.kind not in GIVES_BACK or booked.line.entry is not Booking.STORED:
        return
    back = attempt is not None and attempt.kind.value in GIVES_BACK
    if attempt is None or not back or attempt.amount != transaction.amount:
        yield f"{booked.reader} gives {transaction.amount} back for {attempt}"


def i17_its_own_terminal_proves_it(seen: Evidence, entry: Entry) -> Iterator[str]:
    """I17: what a terminal says proves its own attempts only, wherever it hangs (M5)."""
    match entry.fact:
        case facts.AttemptApproved(attempt=id_, proof=proof, transaction=told):
            pass
        case facts.AttemptNotCharged(attempt=id_, proof=proof, last=told):
            pass
        case _:
            return
    its_own = seen.history.attempts[id_].terminal
    if proof is facts.Proof.TERMINAL and told and told.terminal_id not in (None, its_own):
        yield f"{id_} of terminal {its_own} is proven by {told.terminal_id}"


def i20_an_end_in_order(seen: Evidence, took_s: float) -> Iterator[str]:
    """I20: who is told to end lets the readers finish, and waits for nobody for ever."""
    if took_s > ENDS_S:
        yield f"posd took {took_s:.0f} s to end"
    for attempt in seen.history.attempts.values():
        if attempt.state in IN_HAND and took_s < DRAIN_S:
            yield f"posd ends after {took_s:.0f} s with {attempt.id} {attempt.state}"


ON_FACT: Final[Sequence[Check]] = (
    i17_its_own_terminal_proves_it,
    i1_one_open_payment_an_order,
    i2_denied_is_not_booked,
    i5_a_key_starts_one_attempt,
    i6_one_sale_at_a_reader,
    i7_declared_edges_only,
    i7_facts_are_chained,
    i8_the_amount_that_is_approved,
    i16_what_was_paid_goes_back_once,
    moves.i11_what_is_held_ends_once,
    moves.i6_no_day_ends_over_what_is_open,
    limits.i15_no_limit_is_passed,
)
ON_BOOKING: Final[Sequence[Check]] = (
    i1_one_sale_an_order,
    i2_booked_is_not_denied,
    i8_the_amount_that_was_asked_for,
    i16_a_terminal_gives_what_was_asked_for,
    moves.i11_a_terminal_ends_what_was_asked_for,
)
ON_COMMAND: Final[Sequence[Check]] = (
    i3_a_command_has_its_fact,
    i5_a_command_is_repeated_on_nak_only,
)
ON_ACCEPTING: Final[Sequence[Check]] = (i3_a_report_is_kept_before_it_is_accepted,)
ON_TELLING: Final[Sequence[Check]] = (
    i4_told_is_on_disk,
    i4_unproven_is_not_free,
    i4_paid_stays_paid,
)
ON_MAKING: Final[Sequence[Check]] = (i9_a_key_makes_one_payment,)
ON_POST: Final[Sequence[Check]] = (
    i3_a_report_has_its_fact,
    moves.i3_what_is_only_held_is_not_told,
    i10_one_key_one_body,
    i10_an_old_key_looks_first,
)
ON_RECORD: Final[Sequence[Check]] = (i1_guaranteed_once,)
