"""What a till sees: the tables of the API, row by row."""

import json

import pytest
import stripe
from msgspec.structs import replace

from posd.model import payment_intent as intents
from posd.model.facts import (
    AttemptAborted,
    AttemptApproved,
    AttemptDeclined,
    AttemptFact,
    AttemptNotCharged,
    AttemptNotSent,
    AttemptSetAside,
    AttemptStarted,
    CancelRequested,
    OutcomeUnknown,
    PaymentIntentCanceled,
    PaymentIntentCreated,
    PersonNeeded,
    Proof,
    StatusReported,
)
from posd.model.projection import Circumstance, Record
from posd.render import Json
from posd.render.charge import charge
from posd.render.event import events
from posd.render.payment_intent import payment_intent
from posd.render.reader import Presence, reader
from posd_drivers.card_reader import AbortCause, Step
from tests.unit.posd import records
from tests.unit.posd.ledger_fake import LedgerFake
from tests.unit.posd.records import ATTEMPT, CHARGE, GIROCARD, INTENT, READER

AT = Circumstance(records.ENDED_MS, livemode=False, actor="attempts")
REPORTED = StatusReported(ATTEMPT, GIROCARD, accepted=True)
UNKNOWN = OutcomeUnknown(ATTEMPT, "link_lost")
PERSON = PersonNeeded(ATTEMPT, "two_steps_ahead")
APPROVED = AttemptApproved(ATTEMPT, CHARGE, 1250, Proof.DIALOGUE, GIROCARD)
DECLINED = AttemptDeclined(ATTEMPT, 0x05, GIROCARD)
CUSTOMER = AttemptAborted(ATTEMPT, 0x6C, AbortCause.CUSTOMER)
TILL = AttemptAborted(ATTEMPT, 0x6C, AbortCause.TILL)
DEVICE = AttemptAborted(ATTEMPT, 0x9C, AbortCause.DEVICE)
SET_ASIDE = AttemptSetAside(ATTEMPT, "queue is long")
NOT_CHARGED = AttemptNotCharged(ATTEMPT, Proof.TERMINAL)
BY_PERSON = AttemptNotCharged(ATTEMPT, Proof.PERSON, reason="the receipt says so")
NOT_SENT = AttemptNotSent(ATTEMPT)
CANCEL = CancelRequested(ATTEMPT)

WAITING = "requires_payment_method"
TABLE = [
    # facts, step, PaymentIntent.status, reader.action.status, failure_code
    ((), None, WAITING, "in_progress", None),
    ((), Step.PRESENT_CARD, WAITING, "in_progress", None),
    ((), Step.CARD_UNREADABLE, WAITING, "in_progress", None),
    ((), Step.ENTER_PIN, "processing", "in_progress", None),
    ((), Step.AUTHORISING, "processing", "in_progress", None),
    ((), Step.APPROVED, "processing", "in_progress", None),
    ((REPORTED,), None, "processing", "in_progress", None),
    ((UNKNOWN,), None, "processing", "in_progress", None),
    ((UNKNOWN, PERSON), None, "processing", "in_progress", None),
    ((UNKNOWN, PERSON, SET_ASIDE), None, "processing", None, None),
    ((DECLINED,), None, WAITING, "failed", "card_declined"),
    ((CUSTOMER,), None, WAITING, "failed", "customer_canceled"),
    ((DEVICE,), None, WAITING, "failed", "customer_canceled"),
    ((TILL,), None, WAITING, None, None),
    ((UNKNOWN, PERSON, BY_PERSON), None, WAITING, "failed", "customer_canceled"),
    ((CANCEL,), None, WAITING, "in_progress", None),
    ((CANCEL, TILL), None, WAITING, None, None),
    ((CANCEL, CUSTOMER), None, WAITING, None, None),
    ((CANCEL, NOT_SENT), None, WAITING, None, None),
    ((CANCEL, DECLINED), None, WAITING, "failed", "card_declined"),
    ((CANCEL, REPORTED, APPROVED), None, "succeeded", "succeeded", None),
    ((NOT_SENT,), None, WAITING, "failed", "customer_canceled"),
    ((UNKNOWN, NOT_CHARGED), None, WAITING, "failed", "customer_canceled"),
    ((REPORTED, APPROVED), None, "succeeded", "succeeded", None),
]


@pytest.mark.parametrize(("facts", "step", "status", "action", "failure_code"), TABLE)
def test_the_table_of_what_a_till_sees(
    facts: tuple[AttemptFact, ...],
    step: Step | None,
    status: str,
    action: str | None,
    failure_code: str | None,
) -> None:
    attempt = records.attempt(*facts)
    assert payment_intent(records.followed(attempt), attempt, step)["status"] == status
    told = reader(records.reader(attempt), attempt)["action"]
    if action is None:
        assert told is None
        return
    assert isinstance(told, dict)
    assert (told["status"], told["failure_code"]) == (action, failure_code)
    assert told["type"] == "process_payment_intent"
    assert told["process_payment_intent"] == {"payment_intent": INTENT}


def test_an_intent_before_its_first_attempt() -> None:
    told = payment_intent(records.payment_intent(), None)
    assert told["id"] == INTENT
    assert (told["amount"], told["amount_received"], told["currency"]) == (1250, 0, "eur")
    assert told["created"] == 1_760_000_000
    assert told["status"] == WAITING
    assert told["client_secret"] is None
    assert told["latest_charge"] is None
    assert told["metadata"] == {"order_id": "4711"}
    assert told["livemode"] is False


def test_a_tip_is_in_what_was_received() -> None:
    with_tip = replace(GIROCARD, amount=1400, tip=150)
    tipped = AttemptApproved(ATTEMPT, CHARGE, 1400, Proof.DIALOGUE, with_tip)
    attempt = records.attempt(REPORTED, tipped)
    told = payment_intent(records.followed(attempt), attempt)
    assert (told["amount"], told["amount_received"]) == (1400, 1400)
    assert told["amount_details"] == {"tip": {"amount": 150}}
    reported = records.attempt(replace(REPORTED, transaction=with_tip))
    for without in (reported, records.attempt(REPORTED, APPROVED), None):
        assert payment_intent(records.payment_intent(), without)["amount_details"] == {"tip": {}}


def test_a_decline_names_its_charge_and_its_raw_code() -> None:
    attempt = records.attempt(DECLINED)
    error = payment_intent(records.payment_intent(), attempt)["last_payment_error"]
    assert isinstance(error, dict)
    assert error["type"] == "card_error"
    assert (error["code"], error["decline_code"]) == ("card_declined", "generic_decline")
    assert error["charge"] == CHARGE
    assert "result code 05" in error["message"]


def test_a_decline_says_why_where_the_reader_does() -> None:
    expired = AttemptDeclined(ATTEMPT, 0x78, GIROCARD, decline_code="expired_card")
    attempt = records.attempt(expired)
    error = payment_intent(records.payment_intent(), attempt)["last_payment_error"]
    told = charge(records.payment_intent(), attempt, records.reader())
    assert isinstance(error, dict)
    assert isinstance(told["outcome"], dict)
    assert (error["decline_code"], told["outcome"]["reason"]) == ("expired_card", "expired_card")


@pytest.mark.parametrize("facts", [(CUSTOMER,), (DEVICE,), (NOT_SENT,), (UNKNOWN, NOT_CHARGED)])
def test_only_a_decline_blames_the_card(facts: tuple[AttemptFact, ...]) -> None:
    told = payment_intent(records.payment_intent(), records.attempt(*facts))
    assert told["last_payment_error"] is None
    assert told["latest_charge"] is None


def test_the_charge_carries_what_a_receipt_needs() -> None:
    attempt = records.attempt(REPORTED, APPROVED)
    told = charge(records.followed(attempt), attempt, records.reader())
    assert (told["id"], told["payment_intent"]) == (CHARGE, INTENT)
    assert (told["status"], told["paid"], told["captured"]) == ("succeeded", True, True)
    assert (told["amount"], told["amount_captured"], told["amount_refunded"]) == (1250, 1250, 0)
    details = told["payment_method_details"]
    assert isinstance(details, dict)
    card = details["card_present"]
    assert (card["brand"], card["last4"]) == ("visa", "0119")
    assert (card["exp_month"], card["exp_year"]) == (12, 2029)
    assert (card["read_method"], card["amount_authorized"]) == ("contactless_emv", 1250)
    assert (card["reader"], card["location"]) == (READER, "tml_posd_1")
    assert card["receipt"]["application_preferred_name"] == "VISA DEBIT"
    assert card["receipt"]["dedicated_file_name"] == "A0000000031010"
    assert card["receipt"]["authorization_code"] == "123456"
    assert card["receipt"]["cardholder_verification_method"] == "none"


def test_a_charge_that_a_person_decided_has_no_card() -> None:
    by_person = AttemptApproved(ATTEMPT, CHARGE, 1250, Proof.PERSON, None, reason="receipt seen")
    attempt = records.attempt(UNKNOWN, PERSON, by_person)
    details = charge(records.payment_intent(), attempt, records.reader())["payment_method_details"]
    assert isinstance(details, dict)
    card = details["card_present"]
    assert (card["brand"], card["last4"], card["exp_year"]) == ("unknown", None, 0)


def test_a_declined_charge_failed() -> None:
    told = charge(records.payment_intent(), records.attempt(DECLINED), records.reader())
    assert (told["id"], told["status"], told["paid"]) == (CHARGE, "failed", False)
    assert (told["amount_captured"], told["failure_code"]) == (0, "card_declined")
    assert isinstance(told["outcome"], dict)
    assert told["outcome"]["type"] == "issuer_declined"


def test_the_reader_says_when_it_was_heard_in_milliseconds() -> None:
    told = reader(records.reader(), None, Presence(online=True, last_seen_ms=1_760_000_000_999))
    assert (told["status"], told["last_seen_at"]) == ("online", 1_760_000_000_999)
    assert (told["device_type"], told["serial_number"]) == ("posd_zvt", "52523535")
    assert (told["label"], told["location"]) == ("Till 1", "tml_posd_1")
    gone = reader(records.reader(), None, Presence(online=False, last_seen_ms=None))
    assert (gone["status"], gone["last_seen_at"]) == ("offline", None)


def told(*facts: AttemptFact) -> list[Json]:
    """The events of the last fact."""
    attempt = records.attempt(*facts)
    intent = records.followed(attempt)
    changed: tuple[Record, ...] = (attempt, intent)
    rendered = events(42, facts[-1], changed, LedgerFake(records.reader(attempt)), AT)
    return [json.loads(event.body) for event in rendered]


EVENTS = [
    ((REPORTED,), ["payment_intent.processing"]),
    ((UNKNOWN,), ["payment_intent.processing"]),
    ((REPORTED, UNKNOWN), []),
    ((UNKNOWN, PERSON), ["posd.needs_a_person"]),
    ((REPORTED, APPROVED), ["payment_intent.succeeded", "terminal.reader.action_succeeded"]),
    ((DECLINED,), ["payment_intent.payment_failed", "terminal.reader.action_failed"]),
    ((CUSTOMER,), ["terminal.reader.action_failed"]),
    ((TILL,), []),
    ((NOT_SENT,), ["terminal.reader.action_failed"]),
    ((UNKNOWN, NOT_CHARGED), ["terminal.reader.action_failed", "posd.settled"]),
]


@pytest.mark.parametrize(("facts", "kinds"), EVENTS)
def test_the_events_of_a_fact(facts: tuple[AttemptFact, ...], kinds: list[str]) -> None:
    assert [event["type"] for event in told(*facts)] == kinds


def test_an_intent_is_told_when_it_is_created() -> None:
    fact = PaymentIntentCreated(INTENT, 1250, "eur")
    ledger = LedgerFake(records.reader())
    (event,) = events(7, fact, (records.payment_intent(),), ledger, AT)
    assert (event.id, event.type, event.object) == (
        "evt_posd_0000000000070",
        "payment_intent.created",
        INTENT,
    )
    body = json.loads(event.body)
    assert body["created"] == records.ENDED_MS // 1000
    assert body["data"]["object"] == json.loads(
        json.dumps(payment_intent(records.payment_intent(), None))
    )


def test_a_canceled_intent_is_told_with_the_decline_before_it() -> None:
    attempt = records.attempt(DECLINED)
    fact = PaymentIntentCanceled(INTENT, "abandoned")
    declined = intents.follow(records.payment_intent(), attempt)
    canceled = intents.cancel(declined, fact, records.ENDED_MS)
    (event,) = events(8, fact, (canceled,), LedgerFake(records.reader(attempt), attempt), AT)
    told_of = json.loads(event.body)["data"]["object"]
    assert event.type == "payment_intent.canceled"
    assert (told_of["status"], told_of["cancellation_reason"]) == ("canceled", "abandoned")
    assert told_of["canceled_at"] == records.ENDED_MS // 1000
    assert told_of["last_payment_error"]["code"] == "card_declined"


def test_a_start_is_not_an_event() -> None:
    attempt = records.attempt()
    started = AttemptStarted(ATTEMPT, attempt.kind, INTENT, READER, 1250, "eur", attempt.baseline)
    changed = (attempt, records.payment_intent(), records.reader(attempt))
    assert events(8, started, changed, LedgerFake(records.reader(attempt)), AT) == ()


def test_a_reader_that_went_on_has_no_late_action_event() -> None:
    attempt = records.attempt(UNKNOWN, PERSON, SET_ASIDE, NOT_CHARGED)
    changed: tuple[Record, ...] = (attempt, records.payment_intent())
    elsewhere = LedgerFake(records.reader())
    told_of = events(9, NOT_CHARGED, changed, elsewhere, AT)
    assert [event.type for event in told_of] == ["posd.settled"]


def test_the_sdk_reads_an_event_and_the_object_in_it() -> None:
    body = told(REPORTED, APPROVED)[1]
    event = stripe.Event.construct_from(body, "sk_test_not_used")
    assert isinstance(event.data.object, stripe.terminal.Reader)
    assert event.data.object.action is not None
    assert event.data.object.action.status == "succeeded"
