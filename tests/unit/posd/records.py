"""Records as the journal would hold them, for tests that begin where the journal ends."""

from msgspec.structs import replace

from posd.model import attempt as attempts
from posd.model import payment_intent as intents
from posd.model.attempt import Attempt
from posd.model.facts import (
    AttemptFact,
    AttemptKind,
    AttemptStarted,
    Baseline,
    PaymentIntentCreated,
)
from posd.model.payment_intent import PaymentIntent
from posd.model.reader import Reader
from posd_drivers.card_reader import CardDetails, Kind, Transaction

CREATED_MS = 1_760_000_000_123
STARTED_MS = CREATED_MS + 5_000
ENDED_MS = CREATED_MS + 9_000
INTENT = "pi_posd_00000001"
ATTEMPT = "att_posd_00000002"
BOOKING = "att_posd_00000004"
CHARGE = "ch_posd_00000002"
READER = "tmr_posd_00000003"

GIROCARD = Transaction(
    kind=Kind.SALE,
    terminal_id="52523535",
    amount=1250,
    currency="eur",
    result_code=0,
    receipt=17,
    trace=42,
    card=CardDetails(
        brand="visa",
        last4="0119",
        exp_month=12,
        exp_year=2029,
        read_method="contactless_emv",
        cardholder_verification_method="none",
        dedicated_file_name="A0000000031010",
        application_preferred_name="VISA DEBIT",
        authorization_code="123456",
    ),
)


def payment_intent(capture_method: str = "automatic") -> PaymentIntent:
    fact = PaymentIntentCreated(
        INTENT, 1250, "eur", capture_method, "Coffee", {"order_id": "4711"}, order="4711"
    )
    return intents.create(fact, CREATED_MS, livemode=False, owner="key_posd_till")


def attempt(*facts: AttemptFact) -> Attempt:
    """A sale at the reader, started, and then what the facts made of it."""
    started = AttemptStarted(
        ATTEMPT, AttemptKind.SALE, INTENT, READER, 1250, "eur", Baseline("52523535", asked=True)
    )
    result = attempts.start(started, STARTED_MS)
    for fact in facts:
        result = attempts.apply(result, fact, ENDED_MS)
    return result


def booking(kind: AttemptKind, amount: int, *facts: AttemptFact) -> Attempt:
    """What is done to the sale or reservation of `attempt`, and what the facts made of it."""
    started = AttemptStarted(
        BOOKING,
        kind,
        INTENT,
        READER,
        amount,
        "eur",
        Baseline("52523535", asked=True),
        original=ATTEMPT,
    )
    result = attempts.start(started, STARTED_MS)
    for fact in facts:
        result = attempts.apply(result, fact, ENDED_MS)
    return result


def followed(attempt: Attempt, capture_method: str = "automatic") -> PaymentIntent:
    """The PaymentIntent as the attempt has left it."""
    return intents.follow(payment_intent(capture_method), attempt)


def reader(attempt: Attempt | None = None) -> Reader:
    known = Reader(
        id=READER,
        address="zvt+tcp://127.0.0.1:20007",
        label="Till 1",
        location="tml_posd_1",
        currency="eur",
        declared=False,
        livemode=False,
        registered_ms=CREATED_MS,
        simulated=True,
        metadata={"floor": "2"},
        terminal_id="52523535",
    )
    return replace(known, attempt=attempt.id) if attempt else known
