"""What support reads of a fact: raw codes in the words of whoever used them, and never a card."""

import pytest

from posd.model.facts import (
    AttemptAborted,
    AttemptDeclined,
    EffectParked,
    Fact,
    OutcomeUnknown,
    PaymentIntentCreated,
    PersonNeeded,
)
from posd.model.quarantine_facts import AttachmentBroken, BreakCause, ReaderQuarantined
from posd.page.support_words import codes, legs
from posd_drivers.card_reader import AbortCause
from tests.unit.posd.page.desk import Desk

ATTEMPT, READER = "att_posd_1", "tmr_posd_1"


@pytest.mark.parametrize(
    ("fact", "told"),
    [
        (AttemptDeclined(ATTEMPT, 0x05), "result 05, decline generic_decline"),
        (AttemptAborted(ATTEMPT, 0x6C, AbortCause.CUSTOMER), "result 6C"),
        (OutcomeUnknown(ATTEMPT, "link_lost"), "reason link_lost"),
        (PersonNeeded(ATTEMPT, "not_in_time"), "reason not_in_time"),
        (
            EffectParked("eff_1-report", "pi_posd_1", 402, "card_declined", "No."),
            "effect eff_1-report, HTTP 402, code card_declined",
        ),
        (
            AttachmentBroken(READER, BreakCause.BUG, error="KeyError"),
            "cause posd_failed, error KeyError",
        ),
        (ReaderQuarantined(READER, BreakCause.BUG), "cause posd_failed"),
        (PaymentIntentCreated("pi_posd_1", 1250, "eur"), ""),
    ],
)
def test_each_is_told_by_its_raw_codes(fact: Fact, told: str) -> None:
    assert codes(Desk().histories.tell(fact)) == told


def test_legs_are_milliseconds_by_their_names() -> None:
    entry = Desk().histories.tell(OutcomeUnknown(ATTEMPT, "link_lost"), took_ms=2100)
    assert legs(entry) == "since_started_ms 2100"
