"""How a payment stands: every state, step and trouble is told, and only proof frees a till."""

import pytest
from msgspec.structs import replace

from posd.api import refund_standing
from posd.api.standing import STEPS, TROUBLES, VERDICTS, Next, Standing, standing
from posd.live import Live, Trouble
from posd.model.attempt import Attempt, AttemptState
from posd.model.facts import (
    AttemptAborted,
    AttemptApproved,
    AttemptDeclined,
    AttemptFact,
    AttemptNotCharged,
    AttemptNotSent,
    AttemptSetAside,
    CancelRequested,
    DiscrepancyClosed,
    DiscrepancyFound,
    OutcomeUnknown,
    PaymentIntentCanceled,
    PersonNeeded,
    Proof,
    StatusReported,
)
from posd.model.payment_intent import PaymentIntent, cancel, follow
from posd.snapshot.views import PaymentStatus
from posd.texts.results import RESULTS, TERMINAL_STATUS
from posd.texts.sayings import Saying
from posd_drivers.card_reader import AbortCause, Step
from tests.unit.posd import records
from tests.unit.posd.records import ATTEMPT, CHARGE, GIROCARD, READER

ONLINE = Live(online=True, last_seen_ms=records.ENDED_MS, trouble=None)
REPORTED = StatusReported(ATTEMPT, GIROCARD, accepted=True)
APPROVED = AttemptApproved(ATTEMPT, CHARGE, 1250, Proof.DIALOGUE, GIROCARD)
UNKNOWN = OutcomeUnknown(ATTEMPT, "link_lost")
PERSON = PersonNeeded(ATTEMPT, "not_resolved_in_time")
CONTRADICTION = DiscrepancyFound(ATTEMPT, "charged_after_all")


def stands(*facts: AttemptFact, live: Live = ONLINE) -> Standing:
    attempt = records.attempt(*facts)
    intent = follow(records.payment_intent(), attempt)
    return standing(intent, [attempt], {READER: live})


@pytest.mark.parametrize(
    ("facts", "state", "saying", "elsewhere", "then"),
    [
        ((), PaymentStatus.AT_READER, Saying.CONNECTING, False, Next.WAIT),
        (
            (CancelRequested(ATTEMPT),),
            PaymentStatus.AT_READER,
            Saying.CANCELLING,
            False,
            Next.WAIT,
        ),
        ((REPORTED,), PaymentStatus.AT_READER, Saying.REPORTED, False, Next.WAIT),
        ((UNKNOWN,), PaymentStatus.UNPROVEN, Saying.NOT_CONFIRMED, False, Next.WAIT),
        (
            (UNKNOWN, PERSON),
            PaymentStatus.NEEDS_A_PERSON,
            Saying.NEEDS_A_PERSON,
            False,
            Next.CALL_A_PERSON,
        ),
        (
            (UNKNOWN, PERSON, AttemptSetAside(ATTEMPT, "queue")),
            PaymentStatus.SET_ASIDE,
            Saying.SET_ASIDE,
            False,
            Next.CALL_A_PERSON,
        ),
        ((REPORTED, APPROVED), PaymentStatus.APPROVED, Saying.PAID, False, Next.DONE),
        (
            (AttemptDeclined(ATTEMPT, 5),),
            PaymentStatus.DECLINED,
            Saying.DECLINED,
            True,
            Next.RETRY,
        ),
        (
            (AttemptDeclined(ATTEMPT, 0x78),),
            PaymentStatus.DECLINED,
            Saying.RESULT_EXPIRED,
            True,
            Next.RETRY,
        ),
        (
            (AttemptAborted(ATTEMPT, 0x6C, AbortCause.CUSTOMER),),
            PaymentStatus.CANCELLED,
            Saying.CANCELLED_BY_CUSTOMER,
            True,
            Next.RETRY,
        ),
        (
            (AttemptAborted(ATTEMPT, 0x6C, AbortCause.TILL),),
            PaymentStatus.CANCELLED,
            Saying.CANCELLED_BY_TILL,
            True,
            Next.RETRY,
        ),
        (
            (AttemptAborted(ATTEMPT, 0xF0, AbortCause.DEVICE),),
            PaymentStatus.CANCELLED,
            Saying.RESULT_END_OF_DAY,
            True,
            Next.RETRY,
        ),
        (
            (AttemptAborted(ATTEMPT, 0x42, AbortCause.DEVICE),),
            PaymentStatus.CANCELLED,
            Saying.STOPPED_BY_READER,
            True,
            Next.RETRY,
        ),
        (
            (AttemptNotSent(ATTEMPT),),
            PaymentStatus.NOT_CHARGED,
            Saying.NOT_SENT,
            True,
            Next.RETRY,
        ),
        (
            (UNKNOWN, AttemptNotCharged(ATTEMPT, Proof.TERMINAL)),
            PaymentStatus.NOT_CHARGED,
            Saying.NOT_CHARGED,
            True,
            Next.RETRY,
        ),
    ],
)
def test_every_state_of_an_attempt(
    facts: tuple[AttemptFact, ...],
    state: PaymentStatus,
    saying: Saying,
    elsewhere: bool,  # noqa: FBT001 (a column of the table)
    then: Next,
) -> None:
    found = stands(*facts)
    assert (found.state, found.sayings) == (state, (saying,))
    assert (found.may_charge_elsewhere, found.next) == (elsewhere, then)


def test_a_payment_that_no_reader_has_seen() -> None:
    intent = records.payment_intent()
    found = standing(intent, [], {})
    assert (found.state, found.sayings) == (PaymentStatus.NEW, (Saying.NOT_STARTED,))
    assert (found.may_charge_elsewhere, found.next) == (True, Next.RETRY)
    assert (found.step, found.since_ms) == (None, intent.created_ms)


def test_the_tables_are_whole() -> None:
    assert set(STEPS) == set(Step)
    assert set(TROUBLES) == set(Trouble)
    assert set(VERDICTS) == {None, *AttemptState}
    assert len({*STEPS.values(), *TROUBLES.values()}) == len(Step) + len(Trouble)
    assert len({verdict.saying for verdict in VERDICTS.values()}) == len(VERDICTS)


def test_nothing_there_is_to_say_is_never_said() -> None:
    said = {verdict.saying for verdict in VERDICTS.values()}
    said |= {*STEPS.values(), *TROUBLES.values(), *RESULTS.values()}
    said |= set(TERMINAL_STATUS.values())
    said |= {verdict.saying for verdict in refund_standing.VERDICTS.values()}
    said |= set(refund_standing.REFUND_STEPS.values())
    elsewhere = {
        Saying.CONTRADICTED,
        Saying.CANCELLING,
        Saying.CANCELLED_BY_CUSTOMER,
        Saying.CANCELLED_BY_TILL,
        Saying.HELD,
        Saying.REFUND_CANCELLING,
        Saying.REFUND_OTHER_CARD,
    }
    assert said | elsewhere == set(Saying)


@pytest.mark.parametrize("step", Step)
def test_a_step_is_told_while_it_lasts(step: Step) -> None:
    live = replace(ONLINE, step=step)
    assert (stands(live=live).step, stands(live=live).sayings) == (step, (STEPS[step],))
    assert stands(REPORTED, live=live).step is step
    assert stands(REPORTED, live=live).sayings == (Saying.REPORTED,)
    assert stands(UNKNOWN, live=live).step is None


@pytest.mark.parametrize("trouble", Trouble)
def test_why_the_reader_cannot_go_on(trouble: Trouble) -> None:
    lost = Live(online=False, trouble=trouble)
    assert stands(UNKNOWN, live=lost).sayings == (Saying.NOT_CONFIRMED, TROUBLES[trouble])
    assert stands(AttemptNotSent(ATTEMPT), live=lost).sayings == (
        Saying.NOT_SENT,
        TROUBLES[trouble],
    )
    assert stands(UNKNOWN, PERSON, live=lost).sayings == (Saying.NEEDS_A_PERSON,)


@pytest.mark.parametrize(
    "decided", [AttemptDeclined(ATTEMPT, 5), AttemptNotSent(ATTEMPT)], ids=["declined", "not sent"]
)
def test_a_contradiction_outranks_everything(decided: AttemptFact) -> None:
    found = stands(decided, CONTRADICTION)
    assert (found.state, found.sayings) == (PaymentStatus.CONTRADICTED, (Saying.CONTRADICTED,))
    assert (found.may_charge_elsewhere, found.next) == (False, Next.CALL_A_PERSON)


def test_a_contradiction_counts_until_somebody_has_said_what_came_of_it() -> None:
    found = stands(AttemptDeclined(ATTEMPT, 5), CONTRADICTION, DiscrepancyClosed(ATTEMPT, "paid"))
    assert (found.state, found.next) == (PaymentStatus.DECLINED, Next.RETRY)


def test_a_contradiction_of_an_earlier_attempt_counts() -> None:
    earlier = records.attempt(AttemptDeclined(ATTEMPT, 5), CONTRADICTION)
    latest = replace(records.attempt(AttemptNotSent(ATTEMPT)), id="att_posd_9")
    intent: PaymentIntent = follow(records.payment_intent(), latest)
    found = standing(intent, [earlier, latest], {READER: ONLINE})
    assert found.state is PaymentStatus.CONTRADICTED
    assert (found.may_charge_elsewhere, found.next) == (False, Next.CALL_A_PERSON)


def test_the_version_changes_with_what_is_told_and_with_nothing_else() -> None:
    waiting = stands(live=replace(ONLINE, step=Step.PRESENT_CARD))
    later = replace(ONLINE, step=Step.PRESENT_CARD, last_seen_ms=records.ENDED_MS + 1)
    assert stands(live=later).version() == waiting.version()
    versions = {
        waiting.version(),
        stands(live=replace(ONLINE, step=Step.ENTER_PIN)).version(),
        stands(REPORTED).version(),
        stands(UNKNOWN).version(),
        stands(UNKNOWN, live=Live(online=False)).version(),
    }
    assert len(versions) == 5


def test_the_attempt_of_the_record_is_the_one_that_counts() -> None:
    """A row of the attempts that the record does not name yet is not told."""
    attempt: Attempt = records.attempt()
    found = standing(records.payment_intent(), [attempt], {READER: ONLINE})
    assert found.state is PaymentStatus.NEW


def test_what_was_taken_back_is_done_and_free() -> None:
    attempt = records.attempt(AttemptDeclined(ATTEMPT, 5))
    open_again = follow(records.payment_intent(), attempt)
    canceled = cancel(open_again, PaymentIntentCanceled(open_again.id), records.ENDED_MS)
    told = standing(canceled, [attempt], {READER: ONLINE})
    assert (told.state, told.sayings) == (PaymentStatus.CANCELLED, (Saying.CANCELLED_BY_TILL,))
    assert (told.next, told.may_charge_elsewhere) == (Next.DONE, True)
    contradicted = replace(attempt, discrepancy="terminal_says_charged")
    assert not standing(canceled, [contradicted], {READER: ONLINE}).may_charge_elsewhere
