"""Every rendered object against Stripe's own description of its shape.

Runs where POSD_STRIPE_OPENAPI names Stripe's OpenAPI file (JSON).
"""

import pytest
from msgspec.structs import replace

from posd.model import refund as refunds
from posd.model.attempt import AttemptState
from posd.model.facts import AttemptFact, AttemptKind
from posd.model.refund_facts import RefundRequested
from posd.render.charge import charge
from posd.render.payment_intent import payment_intent
from posd.render.reader import Presence, reader
from posd.render.refund import refund
from tests.stripe_shapes import DESCRIPTION, WITHOUT, Shapes
from tests.unit.posd import records
from tests.unit.posd.records import CHARGE
from tests.unit.posd.test_render import APPROVED, DECLINED, REPORTED, UNKNOWN, told
from tests.unit.posd.test_render_held import BOOKED, DONE, HELD, after

pytestmark = pytest.mark.skipif(DESCRIPTION is None, reason=WITHOUT)


@pytest.fixture(scope="module")
def shapes() -> Shapes:
    assert DESCRIPTION is not None
    return Shapes(DESCRIPTION)


ATTEMPTS = [None, (), (UNKNOWN,), (DECLINED,), (REPORTED, APPROVED)]


@pytest.mark.parametrize("facts", ATTEMPTS)
def test_payment_intents_and_readers(shapes: Shapes, facts: tuple[AttemptFact, ...] | None) -> None:
    attempt = None if facts is None else records.attempt(*facts)
    intent = records.followed(attempt) if attempt else records.payment_intent()
    assert shapes.faults(payment_intent(intent, attempt), "payment_intent") == []
    shown = reader(records.reader(attempt), attempt, Presence(online=True, last_seen_ms=1))
    assert shapes.faults(shown, "terminal.reader") == []


@pytest.mark.parametrize("facts", [(DECLINED,), (REPORTED, APPROVED)])
def test_charges(shapes: Shapes, facts: tuple[AttemptFact, ...]) -> None:
    attempt = records.attempt(*facts)
    shown = charge(records.followed(attempt), attempt, records.reader())
    assert shapes.faults(shown, "charge") == []


@pytest.mark.parametrize("state", AttemptState)
def test_refunds_and_the_readers_that_carry_them_out(shapes: Shapes, state: AttemptState) -> None:
    sale = records.attempt(REPORTED, APPROVED)
    attempt = replace(
        sale, id="att_posd_9", kind=AttemptKind.REFUND, state=state, refund="re_posd_1"
    )
    requested = RefundRequested("re_posd_1", sale.payment_intent, CHARGE, 400, "eur", "duplicate")
    asked = refunds.request(requested, records.STARTED_MS, livemode=False, owner="key_posd_office")
    carried_out = refunds.follow(asked, attempt)
    assert shapes.faults(refund(carried_out, attempt), "refund") == []
    at = reader(
        records.reader(attempt), attempt, Presence(online=True, last_seen_ms=1), carried_out
    )
    assert shapes.faults(at, "terminal.reader") == []


def test_events(shapes: Shapes) -> None:
    for event in told(REPORTED, APPROVED):
        assert shapes.faults(event, "event") == []


@pytest.mark.parametrize("done", [None, AttemptKind.CAPTURE, AttemptKind.RELEASE])
def test_what_is_held_and_what_came_of_it(shapes: Shapes, done: AttemptKind | None) -> None:
    intent = after(None if done is None else records.booking(done, 900, BOOKED, DONE))
    assert shapes.faults(payment_intent(intent, HELD), "payment_intent") == []
    assert shapes.faults(charge(intent, HELD, records.reader()), "charge") == []
