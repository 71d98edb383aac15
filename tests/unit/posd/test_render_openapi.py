"""Every rendered object against Stripe's own description of its shape.

Runs where POSD_STRIPE_OPENAPI names Stripe's OpenAPI file (JSON).
"""

import pytest

from posd.model.facts import AttemptFact
from posd.render.charge import charge
from posd.render.payment_intent import payment_intent
from posd.render.reader import Presence, reader
from tests.stripe_shapes import DESCRIPTION, WITHOUT, Shapes
from tests.unit.posd import records
from tests.unit.posd.test_render import APPROVED, DECLINED, REPORTED, UNKNOWN, told

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


def test_events(shapes: Shapes) -> None:
    for event in told(REPORTED, APPROVED):
        assert shapes.faults(event, "event") == []
