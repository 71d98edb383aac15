from dataclasses import replace

import pytest

from posd.stripe_wire.errors import Rejected
from posd_simulator.cloud.rules import payment_records as rules
from posd_simulator.cloud.rules.payment_records import Attempt, Outcome, PaymentRecord, Refund

ATTEMPT = Attempt("par_1", 100, 99, {})
RECORD = PaymentRecord("pr_1", 100, "eur", 1250, (ATTEMPT,))


def ended(outcome: Outcome) -> PaymentRecord:
    return rules.with_outcome(RECORD, outcome, 101)


@pytest.mark.parametrize("outcome", list(Outcome))
def test_an_open_attempt_ends_in_any_way(outcome: Outcome) -> None:
    latest = ended(outcome).latest
    assert (latest.outcome, latest.ended_at) == (outcome, 101)


@pytest.mark.parametrize("first", list(Outcome))
@pytest.mark.parametrize("second", list(Outcome))
def test_an_attempt_ends_once(first: Outcome, second: Outcome) -> None:
    with pytest.raises(Rejected, match=f"already {first.value}"):
        rules.with_outcome(ended(first), second, 102)


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.CANCELED])
def test_another_attempt_follows_only_what_came_to_nothing(outcome: Outcome) -> None:
    again = rules.with_attempt(ended(outcome), replace(ATTEMPT, id="par_2"))
    assert [attempt.id for attempt in again.attempts] == ["par_1", "par_2"]
    assert again.latest.outcome is None


@pytest.mark.parametrize("record", [RECORD, ended(Outcome.GUARANTEED)])
def test_another_attempt_beside_an_open_or_guaranteed_one_is_refused(
    record: PaymentRecord,
) -> None:
    with pytest.raises(Rejected):
        rules.with_attempt(record, replace(ATTEMPT, id="par_2"))


def test_only_a_guarantee_is_worth_money() -> None:
    values = {outcome: rules.guaranteed_value(ended(outcome)) for outcome in Outcome}
    assert values == {Outcome.GUARANTEED: 1250, Outcome.FAILED: 0, Outcome.CANCELED: 0}
    assert rules.guaranteed_value(RECORD) == 0


def test_refunds_add_up_to_the_payment_and_no_further() -> None:
    record = rules.with_refund(ended(Outcome.GUARANTEED), Refund("R1", 1000, 102), ())
    record = rules.with_refund(record, Refund("R2", 250, 103), {"R1"})
    assert rules.refunded_value(record) == 1250
    for value in (1, 0):
        with pytest.raises(Rejected, match="what is left"):
            rules.with_refund(record, Refund("R3", value, 104), {"R1", "R2"})


@pytest.mark.parametrize("record", [RECORD, ended(Outcome.FAILED), ended(Outcome.CANCELED)])
def test_what_was_never_guaranteed_cannot_be_refunded(record: PaymentRecord) -> None:
    with pytest.raises(Rejected):
        rules.with_refund(record, Refund("R1", 1, 102), ())


def test_a_refund_reference_is_used_once() -> None:
    with pytest.raises(Rejected) as refusal:
        rules.with_refund(ended(Outcome.GUARANTEED), Refund("R1", 1, 102), {"R1"})
    assert refusal.value.error.param == "processor_details[custom][refund_reference]"
