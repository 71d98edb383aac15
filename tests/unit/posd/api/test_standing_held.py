"""How a payment stands that is held: what is done to it is told until it is proven."""

import pytest
from msgspec.structs import replace

from posd.api.standing import Next, Standing, standing
from posd.live import Live
from posd.model.attempt import Attempt
from posd.model.facts import (
    AttemptApproved,
    AttemptDeclined,
    AttemptFact,
    AttemptKind,
    AttemptSetAside,
    OutcomeUnknown,
    PersonNeeded,
    Proof,
    StatusReported,
)
from posd.model.payment_intent import follow
from posd.snapshot.views import PaymentStatus
from posd.texts.sayings import Saying
from posd_drivers.card_reader import Step
from tests.unit.posd import records
from tests.unit.posd.api.fakes import TILL, Bench
from tests.unit.posd.records import ATTEMPT, BOOKING, CHARGE, GIROCARD, READER

ONLINE = Live(online=True, last_seen_ms=records.ENDED_MS, trouble=None)
HELD = records.attempt(
    StatusReported(ATTEMPT, GIROCARD, accepted=True),
    AttemptApproved(ATTEMPT, CHARGE, 1250, Proof.DIALOGUE, GIROCARD),
)
REPORTED = StatusReported(BOOKING, GIROCARD, accepted=True)
UNKNOWN = OutcomeUnknown(BOOKING, "link_lost")
PERSON = PersonNeeded(BOOKING, "not_resolved_in_time")
DONE = AttemptApproved(BOOKING, None, 1250, Proof.DIALOGUE, GIROCARD)


def stands(booking: Attempt | None, live: Live = ONLINE) -> Standing:
    intent = records.followed(HELD, "manual")
    if booking is None:
        return standing(intent, [HELD], {READER: live})
    return standing(follow(intent, booking), [HELD, booking], {READER: live})


def test_what_is_held_is_approved_and_waits_for_its_till() -> None:
    found = stands(None)
    assert (found.state, found.sayings) == (PaymentStatus.HELD, (Saying.HELD,))
    assert (found.next, found.may_charge_elsewhere) == (Next.DONE, False)


@pytest.mark.parametrize(
    ("facts", "state", "saying", "then"),
    [
        ((), PaymentStatus.AT_READER, Saying.CONNECTING, Next.WAIT),
        ((REPORTED,), PaymentStatus.AT_READER, Saying.REPORTED, Next.WAIT),
        ((UNKNOWN,), PaymentStatus.UNPROVEN, Saying.NOT_CONFIRMED, Next.WAIT),
        (
            (UNKNOWN, PERSON),
            PaymentStatus.NEEDS_A_PERSON,
            Saying.NEEDS_A_PERSON,
            Next.CALL_A_PERSON,
        ),
        (
            (UNKNOWN, PERSON, AttemptSetAside(BOOKING, "queue")),
            PaymentStatus.SET_ASIDE,
            Saying.SET_ASIDE,
            Next.CALL_A_PERSON,
        ),
        ((AttemptDeclined(BOOKING, 0xB7),), PaymentStatus.HELD, Saying.HELD, Next.DONE),
    ],
)
@pytest.mark.parametrize("kind", [AttemptKind.CAPTURE, AttemptKind.RELEASE, AttemptKind.REVERSAL])
def test_what_is_done_to_it_frees_no_till_until_it_is_proven(
    kind: AttemptKind,
    facts: tuple[AttemptFact, ...],
    state: PaymentStatus,
    saying: Saying,
    then: Next,
) -> None:
    found = stands(records.booking(kind, 1250, *facts))
    assert (found.state, found.sayings, found.next) == (state, (saying,), then)
    assert not found.may_charge_elsewhere


async def test_a_no_that_falls_between_two_look_ups_frees_no_till() -> None:
    bench = Bench()
    begun = records.booking(AttemptKind.CAPTURE, 1250)
    ended = records.booking(AttemptKind.CAPTURE, 1250, AttemptDeclined(BOOKING, 0xB7))
    intent = follow(records.followed(HELD, "manual"), begun)
    bench.store.intents[intent.id] = intent
    bench.store.attempts |= {HELD.id: HELD, begun.id: begun}
    bench.store.after_intent = lambda: bench.store.attempts.update({ended.id: ended})
    async with bench.client(TILL) as till:
        told = (await till.get(f"/posd/v1/payment_intents/{intent.id}")).json()
    assert not told["may_charge_elsewhere"]


def test_the_step_of_its_terminal_is_told() -> None:
    booking = records.booking(AttemptKind.CAPTURE, 900)
    assert stands(booking, replace(ONLINE, step=Step.PLEASE_WAIT)).step is Step.PLEASE_WAIT


def test_what_is_captured_is_paid() -> None:
    found = stands(records.booking(AttemptKind.CAPTURE, 1250, REPORTED, DONE))
    assert (found.state, found.sayings) == (PaymentStatus.APPROVED, (Saying.PAID,))
    assert (found.next, found.may_charge_elsewhere) == (Next.DONE, False)


@pytest.mark.parametrize("kind", [AttemptKind.RELEASE, AttemptKind.REVERSAL])
def test_what_was_given_back_may_be_charged_elsewhere(kind: AttemptKind) -> None:
    found = stands(records.booking(kind, 1250, REPORTED, DONE))
    assert (found.state, found.next) == (PaymentStatus.CANCELLED, Next.DONE)
    assert found.may_charge_elsewhere
