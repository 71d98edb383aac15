"""What a till sees of a payment that is held: its capture, its cancel, and what fails of them."""

import json

import pytest
from msgspec.structs import replace

from posd.model import attempt as attempts
from posd.model import payment_intent as intents
from posd.model.attempt import Attempt
from posd.model.facts import (
    AttemptApproved,
    AttemptDeclined,
    AttemptFact,
    AttemptKind,
    AttemptNotSent,
    AttemptSetAside,
    Fact,
    OutcomeUnknown,
    PaymentIntentCaptured,
    PersonNeeded,
    Proof,
    StatusReported,
)
from posd.model.payment_intent import PaymentIntent
from posd.model.projection import Record
from posd.render import Json
from posd.render.charge import charge
from posd.render.event import events
from posd.render.payment_intent import payment_intent
from posd.render.reader import reader
from tests.unit.posd import records
from tests.unit.posd.ledger_fake import LedgerFake
from tests.unit.posd.records import BOOKING, GIROCARD, INTENT
from tests.unit.posd.test_render import APPROVED, AT, REPORTED

HELD = replace(records.attempt(REPORTED, APPROVED), kind=AttemptKind.PREAUTHORISATION)
BOOKED = StatusReported(BOOKING, GIROCARD, accepted=True)
UNKNOWN = OutcomeUnknown(BOOKING, "link_lost")
PERSON = PersonNeeded(BOOKING, "other_kind")
DONE = AttemptApproved(BOOKING, None, 900, Proof.DIALOGUE, GIROCARD)
NO = AttemptDeclined(BOOKING, 0xB7)
CAPTURE, RELEASE, REVERSAL = AttemptKind.CAPTURE, AttemptKind.RELEASE, AttemptKind.REVERSAL


def after(booking: Attempt | None) -> PaymentIntent:
    """The intent that a reader holds, after what was done to it."""
    held = records.followed(HELD, "manual")
    return held if booking is None else intents.follow(held, booking)


def test_what_is_held_waits_for_its_capture() -> None:
    told = payment_intent(after(None), HELD)
    assert (told["status"], told["amount"]) == ("requires_capture", 1250)
    assert (told["amount_capturable"], told["amount_received"]) == (1250, 0)
    held = charge(after(None), HELD, records.reader())
    assert (held["paid"], held["captured"], held["amount_captured"]) == (True, False, 0)


@pytest.mark.parametrize("kind", [CAPTURE, RELEASE, REVERSAL])
@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ((), "processing"),
        ((BOOKED,), "processing"),
        ((UNKNOWN,), "processing"),
        ((UNKNOWN, PERSON), "processing"),
        ((UNKNOWN, PERSON, AttemptSetAside(BOOKING, "queue")), "processing"),
        ((NO,), "requires_capture"),
        ((AttemptNotSent(BOOKING),), "requires_capture"),
    ],
)
def test_until_it_is_proven_nothing_of_it_is_told(
    kind: AttemptKind, facts: tuple[AttemptFact, ...], status: str
) -> None:
    booking = records.booking(kind, 900, *facts)
    told = payment_intent(after(booking), HELD)
    assert (told["status"], told["last_payment_error"]) == (status, None)
    assert (told["amount_capturable"], told["amount_received"]) == (1250, 0)
    assert reader(records.reader(booking), booking)["action"] is None
    assert charge(after(booking), HELD, records.reader())["captured"] is False


def test_a_capture_receives_what_it_took_and_keeps_what_was_authorised() -> None:
    intent = after(records.booking(CAPTURE, 900, BOOKED, DONE))
    told = payment_intent(intent, HELD)
    assert (told["status"], told["amount"]) == ("succeeded", 1250)
    assert (told["amount_capturable"], told["amount_received"]) == (0, 900)
    taken = charge(intent, HELD, records.reader())
    assert (taken["captured"], taken["amount"], taken["amount_captured"]) == (True, 1250, 900)


@pytest.mark.parametrize("kind", [RELEASE, REVERSAL])
def test_what_was_given_back_is_canceled_for_the_reason_of_its_till(kind: AttemptKind) -> None:
    booking = replace(records.booking(kind, 1250), cancellation_reason="duplicate")
    for fact in (BOOKED, DONE):
        booking = attempts.apply(booking, fact, records.ENDED_MS)
    told = payment_intent(after(booking), HELD)
    assert (told["status"], told["cancellation_reason"]) == ("canceled", "duplicate")
    assert (told["canceled_at"], told["amount_capturable"]) == (records.ENDED_MS // 1000, 0)
    assert charge(after(booking), HELD, records.reader())["captured"] is False


def told(fact: Fact, changed: tuple[Record, ...]) -> list[Json]:
    ledger = LedgerFake(records.reader(HELD), HELD)
    return [json.loads(event.body) for event in events(42, fact, changed, ledger, AT)]


def test_what_is_held_is_told_as_capturable() -> None:
    kinds = [event["type"] for event in told(APPROVED, (HELD, after(None)))]
    capturable = "payment_intent.amount_capturable_updated"
    assert kinds == [capturable, "terminal.reader.action_succeeded"]


@pytest.mark.parametrize(
    ("kind", "facts", "kinds"),
    [
        (CAPTURE, (BOOKED,), ["payment_intent.processing"]),
        (CAPTURE, (UNKNOWN,), ["payment_intent.processing"]),
        (CAPTURE, (BOOKED, DONE), ["charge.captured", "payment_intent.succeeded"]),
        (RELEASE, (BOOKED, DONE), ["payment_intent.canceled"]),
        (REVERSAL, (BOOKED, DONE), ["payment_intent.canceled"]),
        (CAPTURE, (NO,), []),
        (RELEASE, (NO,), []),
        (CAPTURE, (AttemptNotSent(BOOKING),), []),
    ],
)
def test_the_events_of_what_is_done_to_it(
    kind: AttemptKind, facts: tuple[AttemptFact, ...], kinds: list[str]
) -> None:
    booking = records.booking(kind, 900, *facts)
    assert [event["type"] for event in told(facts[-1], (booking, after(booking)))] == kinds


def test_a_sale_that_is_captured_in_the_books_is_told_as_captured() -> None:
    captured = intents.capture(after(None))
    taken, succeeded = told(PaymentIntentCaptured(INTENT), (captured,))
    assert [taken["type"], succeeded["type"]] == ["charge.captured", "payment_intent.succeeded"]
    assert taken["data"] == {"object": charge(captured, HELD, records.reader())}
    assert succeeded["data"] == {"object": payment_intent(captured, HELD)}
