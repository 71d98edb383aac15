"""The end of day: totals, a terminal that tells none, one that will be gone, and its no (M11)."""

import pytest

from posd_drivers.card_reader import AbortCause
from posd_drivers.zvt.messages import EndOfDay
from posd_drivers.zvt.moves import CLOSED_UNTOLD
from posd_drivers.zvt.outcome import Approval, Doubt, PositiveStatus, Stopped
from tests.unit.drivers.zvt.bench import Bench
from tests.unit.drivers.zvt.payment import COMPLETION, GOOD, NEGATIVE, begun, doubt

# zvt.md 8.1 and 14.11: two girocards of 25.00, a Mastercard of 12.50, receipts 1 to 12.
TOTALS = (
    "04 0f 42 27 00 04 00 00 00 00 37 50 60 f0 f5 f3 00 01 00 12"
    " 02 00 00 00 00 25 00 00 00 00 00 00 00 00 01 00 00 00 00 12 50"
    " 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
)


@pytest.fixture
def closing() -> Bench:
    """An end of day that the terminal took."""
    bench = begun(EndOfDay("000000"), "06 50 03 00 00 00")
    bench.hear(GOOD)
    return bench


def test_the_totals_come_before_the_completion(closing: Bench) -> None:
    closing.hear(TOTALS)
    closing.decide(accepted=True)
    closing.hear(COMPLETION)
    closing.decide(accepted=True)
    assert isinstance(closing.outcome, Approval)
    totals = closing.outcome.status.fields.totals
    assert totals is not None
    assert (totals.amount, totals.first_receipt, totals.last_receipt) == (3750, 1, 12)


@pytest.mark.parametrize("completion", ["06 0f 02 27 00", "06 0f 02 27 e0", "06 0f 02 27 fc"])
def test_a_terminal_that_will_be_gone_for_minutes_has_closed(
    closing: Bench, completion: str
) -> None:
    closing.hear(TOTALS)
    closing.decide(accepted=True)
    closing.hear(completion)
    closing.decide(accepted=True)
    assert isinstance(closing.outcome, Approval)


@pytest.mark.parametrize("told", [True, False])
def test_a_completion_with_an_error_is_unknown(closing: Bench, told: bool) -> None:  # noqa: FBT001
    if told:
        closing.hear(TOTALS)
        closing.decide(accepted=True)
    closing.hear("06 0f 02 27 37")
    assert closing.asked == []
    assert doubt(closing) is Doubt.COMPLETED_WITH_ERROR


class TestWithoutTotals:
    def test_the_completion_is_the_report_and_the_end(self, closing: Bench) -> None:
        closing.hear(COMPLETION)
        assert closing.take() == ""
        assert closing.decide(accepted=True) == PositiveStatus(CLOSED_UNTOLD)
        assert closing.take() == GOOD
        assert closing.decide(accepted=True) == Approval(CLOSED_UNTOLD, ())
        assert closing.outcome == Approval(CLOSED_UNTOLD, ())

    def test_it_has_to_be_durable(self, closing: Bench) -> None:
        closing.hear(COMPLETION)
        closing.decide(accepted=False)
        assert closing.take() == NEGATIVE
        assert doubt(closing) is Doubt.NOT_ACCEPTED

    def test_a_link_that_is_lost_then_undoes_nothing(self, closing: Bench) -> None:
        closing.hear(COMPLETION)
        closing.lose_link(sent=True)
        closing.hear(COMPLETION)
        closing.decide(accepted=True)
        closing.decide(accepted=True)
        assert isinstance(closing.outcome, Approval)

    def test_after_an_error_it_is_unknown(self, closing: Bench) -> None:
        closing.hear("04 0f 02 27 77")
        closing.hear(COMPLETION)
        assert doubt(closing) is Doubt.COMPLETED_WITHOUT_APPROVAL

    def test_after_something_unreadable_it_is_unknown(self, closing: Bench) -> None:
        closing.hear("04 0f 01 fe")
        closing.hear(COMPLETION)
        assert doubt(closing) is Doubt.UNREADABLE

    def test_a_terminal_that_tells_its_receipts_and_no_totals_has_closed(
        self, closing: Bench
    ) -> None:
        closing.hear("06 d1 0b 81 6b 65 69 6e 65 20 54 58 21 21")  # hobex: "keine TX"
        closing.decide(accepted=True)
        closing.hear(COMPLETION)
        closing.decide(accepted=True)
        closing.decide(accepted=True)
        assert isinstance(closing.outcome, Approval)


@pytest.mark.parametrize(
    ("abort", "code"),
    [
        ("06 1e 01 77", 0x77),  # nothing to settle
        ("06 1e 04 b8 87 02 31", 0xB8),  # a pre-authorisation is open
    ],
)
def test_its_no_is_definite(closing: Bench, abort: str, code: int) -> None:
    closing.hear(abort)
    assert closing.take() == GOOD
    assert closing.outcome == Stopped(code, AbortCause.DEVICE)
