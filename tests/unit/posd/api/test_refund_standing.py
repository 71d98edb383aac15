"""A payment whose money goes back stays paid, and only proof says that the money went (M4, M11)."""

import pytest
from msgspec.structs import replace

from posd.api.refund_standing import REFUND_STEPS, VERDICTS, refund_standing
from posd.api.standing import Next, Standing
from posd.live import Live, Trouble
from posd.model import payment_intent as intents
from posd.model.attempt import Attempt, AttemptState
from posd.model.facts import AttemptApproved, AttemptKind, Proof, StatusReported
from posd.snapshot.views import PaymentStatus
from posd.texts.language import SAYINGS, Language
from posd.texts.sayings import Saying
from posd_drivers.card_reader import Step
from tests.unit.posd import records
from tests.unit.posd.records import ATTEMPT, CHARGE, GIROCARD, READER

ONLINE = Live(online=True, last_seen_ms=records.ENDED_MS, trouble=None)
SALE = records.attempt(
    StatusReported(ATTEMPT, GIROCARD, accepted=True),
    AttemptApproved(ATTEMPT, CHARGE, 1250, Proof.DIALOGUE, GIROCARD),
)
PAID = intents.follow(records.payment_intent(), SALE)


def refunding(state: AttemptState, amount: int = 400, **changes: object) -> Attempt:
    attempt = replace(
        SALE, id="att_posd_9", kind=AttemptKind.REFUND, refund="re_posd_1", original=ATTEMPT
    )
    given = amount if state is AttemptState.APPROVED else None
    return replace(attempt, state=state, amount=amount, approved_amount=given, **changes)


def stands(attempt: Attempt, live: Live = ONLINE) -> Standing:
    intent = intents.follow(PAID, attempt)
    return refund_standing(intent, attempt, {READER: live})


@pytest.mark.parametrize(
    ("state", "status", "then"),
    [
        (AttemptState.STARTED, PaymentStatus.REFUNDING, Next.WAIT),
        (AttemptState.REPORTED, PaymentStatus.REFUNDING, Next.WAIT),
        (AttemptState.UNKNOWN, PaymentStatus.UNPROVEN, Next.WAIT),
        (AttemptState.PERSON, PaymentStatus.NEEDS_A_PERSON, Next.CALL_A_PERSON),
        (AttemptState.SET_ASIDE, PaymentStatus.SET_ASIDE, Next.CALL_A_PERSON),
        (AttemptState.APPROVED, PaymentStatus.PARTLY_REFUNDED, Next.DONE),
        (AttemptState.DECLINED, PaymentStatus.APPROVED, Next.DONE),
        (AttemptState.ABORTED, PaymentStatus.APPROVED, Next.DONE),
        (AttemptState.NOT_SENT, PaymentStatus.APPROVED, Next.DONE),
        (AttemptState.NOT_CHARGED, PaymentStatus.APPROVED, Next.DONE),
    ],
)
def test_every_state_of_a_refund(state: AttemptState, status: PaymentStatus, then: Next) -> None:
    found = stands(refunding(state))
    assert (found.state, found.sayings, found.next) == (status, (VERDICTS[state].saying,), then)
    assert not found.may_charge_elsewhere


def test_no_state_of_a_refund_makes_a_till_take_the_payment_again() -> None:
    assert set(VERDICTS) == set(AttemptState)
    assert Next.RETRY not in {verdict.next for verdict in VERDICTS.values()}


def test_what_went_back_whole_may_be_charged_anew() -> None:
    found = stands(refunding(AttemptState.APPROVED, 1250))
    assert (found.state, found.may_charge_elsewhere) == (PaymentStatus.REFUNDED, True)


@pytest.mark.parametrize("step", Step)
def test_the_step_of_the_terminal_is_what_is_said(step: Step) -> None:
    found = stands(refunding(AttemptState.STARTED), replace(ONLINE, step=step))
    assert (found.step, found.sayings) == (step, (REFUND_STEPS[step],))


def test_a_cancel_is_a_request() -> None:
    found = stands(refunding(AttemptState.STARTED, cancel_requested=True))
    assert found.sayings == (Saying.REFUND_CANCELLING,)


@pytest.mark.parametrize(
    "state",
    [
        AttemptState.UNKNOWN,
        AttemptState.PERSON,
        AttemptState.SET_ASIDE,
        AttemptState.NOT_CHARGED,
    ],
)
def test_another_card_is_told(state: AttemptState) -> None:
    found = stands(refunding(state, reason="other_card"))
    assert found.sayings == (Saying.REFUND_OTHER_CARD, VERDICTS[state].saying)


def test_what_keeps_the_reader_is_told() -> None:
    found = stands(refunding(AttemptState.UNKNOWN), Live(online=False, trouble=Trouble.ABSENT))
    assert found.sayings == (Saying.REFUND_NOT_CONFIRMED, Saying.READER_ABSENT)


@pytest.mark.parametrize("language", Language)
def test_nothing_that_is_said_of_a_refund_speaks_of_charging_again(language: Language) -> None:
    for verdict in VERDICTS.values():
        text = SAYINGS[language][verdict.saying].lower()
        assert not any(word in text for word in ("charge", "kassieren", "abgebucht")), text
