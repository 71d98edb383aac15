import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posd.model.attempt import LEGAL, STATUS_REFUSED, AttemptState, IllegalMove, apply, start
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
    PersonNeeded,
    Proof,
    StatusReported,
)
from posd_drivers.card_reader import AbortCause
from tests.unit.posd.model.records import STARTED, sale

ID = STARTED.attempt
REPORTED = StatusReported(ID, sale(), accepted=True)
REPORT_REFUSED = StatusReported(ID, sale(amount=1750), accepted=False)
APPROVED = AttemptApproved(ID, "ch_posd_1", 1250, Proof.DIALOGUE, sale())
DECLINED = AttemptDeclined(ID, 5)
ABORTED = AttemptAborted(ID, 0x6C, AbortCause.CUSTOMER)
NOT_SENT = AttemptNotSent(ID)
UNKNOWN = OutcomeUnknown(ID, "link_lost")
NOT_CHARGED = AttemptNotCharged(ID, Proof.TERMINAL)
PERSON = PersonNeeded(ID, "not_resolved_in_time")
SET_ASIDE = AttemptSetAside(ID, "customer left")
DISCREPANCY = DiscrepancyFound(ID, "terminal says charged")
CLOSED = DiscrepancyClosed(ID, "paid back in cash")
CANCEL = CancelRequested(ID)
EVERY_FACT: tuple[AttemptFact, ...] = (
    STARTED,
    REPORTED,
    REPORT_REFUSED,
    APPROVED,
    DECLINED,
    ABORTED,
    NOT_SENT,
    UNKNOWN,
    NOT_CHARGED,
    PERSON,
    SET_ASIDE,
    DISCREPANCY,
    CLOSED,
    CANCEL,
)
FINAL = {
    AttemptState.APPROVED,
    AttemptState.DECLINED,
    AttemptState.ABORTED,
    AttemptState.NOT_SENT,
    AttemptState.NOT_CHARGED,
}


def after(*facts: AttemptFact) -> AttemptState:
    attempt = start(STARTED, at_ms=0)
    for fact in facts:
        attempt = apply(attempt, fact, at_ms=1)
    return attempt.state


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ((), AttemptState.STARTED),
        ((REPORTED,), AttemptState.REPORTED),
        ((REPORTED, APPROVED), AttemptState.APPROVED),
        ((DECLINED,), AttemptState.DECLINED),
        ((REPORTED, DECLINED), AttemptState.DECLINED),
        ((ABORTED,), AttemptState.ABORTED),
        ((NOT_SENT,), AttemptState.NOT_SENT),
        ((UNKNOWN,), AttemptState.UNKNOWN),
        ((REPORTED, UNKNOWN, APPROVED), AttemptState.APPROVED),
        ((UNKNOWN, NOT_CHARGED), AttemptState.NOT_CHARGED),
        ((UNKNOWN, PERSON), AttemptState.PERSON),
        ((UNKNOWN, PERSON, SET_ASIDE), AttemptState.SET_ASIDE),
        ((UNKNOWN, PERSON, SET_ASIDE, APPROVED), AttemptState.APPROVED),
        ((UNKNOWN, PERSON, NOT_CHARGED), AttemptState.NOT_CHARGED),
        ((DECLINED, DISCREPANCY), AttemptState.DECLINED),
        ((CANCEL,), AttemptState.STARTED),
        ((CANCEL, REPORTED, APPROVED), AttemptState.APPROVED),
    ],
)
def test_where_facts_lead(facts: tuple[AttemptFact, ...], state: AttemptState) -> None:
    assert after(*facts) is state


def test_nothing_is_approved_before_a_report(  # M2
) -> None:
    with pytest.raises(IllegalMove):
        after(APPROVED)


def test_a_report_posd_refused_leaves_the_outcome_unknown() -> None:  # M10
    attempt = apply(start(STARTED, at_ms=0), REPORT_REFUSED, at_ms=1)
    assert attempt.state is AttemptState.UNKNOWN
    assert attempt.reason == STATUS_REFUSED
    assert attempt.reported == sale(amount=1750)


def test_an_unknown_outcome_never_becomes_a_decline() -> None:  # M3
    for fact in (DECLINED, ABORTED, NOT_SENT):
        with pytest.raises(IllegalMove):
            after(UNKNOWN, fact)


def test_the_reader_is_free_only_when_proven_or_set_aside() -> None:  # M7
    attempt = start(STARTED, at_ms=0)
    unproven = apply(attempt, UNKNOWN, at_ms=1)
    aside = apply(apply(unproven, PERSON, at_ms=2), SET_ASIDE, at_ms=3)
    assert (attempt.unended, unproven.unended, aside.unended) == (True, True, False)
    assert aside.unproven
    assert not apply(aside, NOT_CHARGED, at_ms=4).unproven


def test_a_discrepancy_is_open_until_a_person_closes_it() -> None:
    attempt = apply(start(STARTED, at_ms=0), DECLINED, at_ms=1)
    found = apply(attempt, DISCREPANCY, at_ms=2)
    closed = apply(found, CLOSED, at_ms=3)
    assert (attempt.contradicted, found.contradicted, closed.contradicted) == (False, True, False)
    assert closed.discrepancy == DISCREPANCY.reason
    assert apply(closed, DISCREPANCY, at_ms=4).contradicted


@given(st.lists(st.sampled_from(EVERY_FACT), max_size=6))
def test_a_final_state_is_never_left(facts: list[AttemptFact]) -> None:
    attempt = start(STARTED, at_ms=0)
    final: AttemptState | None = None
    for fact in facts:
        try:
            attempt = apply(attempt, fact, at_ms=1)
        except IllegalMove:
            continue
        assert final in (None, attempt.state)
        final = attempt.state if attempt.state in FINAL else None


def test_every_state_says_what_may_follow() -> None:
    assert set(LEGAL) == set(AttemptState)
    reachable = {to for state, moves in LEGAL.items() for to in moves.values() if to is not state}
    assert reachable == set(AttemptState) - {AttemptState.STARTED}


def test_every_pair_of_state_and_fact_is_decided() -> None:
    for state, fact in itertools.product(AttemptState, EVERY_FACT):
        assert LEGAL[state].get(type(fact)) in {None, *AttemptState}
