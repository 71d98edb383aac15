import pytest
from msgspec.structs import replace

from posd.model.attempt import Attempt, start
from posd.model.facts import AttemptKind, Baseline
from posd.model.matching import Charged, Doubt, NotCharged, Unproven, judge
from posd_drivers.card_reader import Kind, Transaction
from tests.unit.posd.model.records import BASELINE, STARTED, sale

TERMINAL = "12345678"


def attempt(baseline: Baseline = BASELINE, kind: AttemptKind = AttemptKind.SALE) -> Attempt:
    return start(replace(STARTED, baseline=baseline, kind=kind), at_ms=0)


def test_the_next_receipt_with_the_asked_amount_is_ours() -> None:
    assert judge(attempt(), sale(), TERMINAL) == Charged(sale(), 1250)


def test_the_same_receipt_as_before_means_nothing_was_stored() -> None:
    last = sale(receipt=16, amount=900, trace=122)
    assert judge(attempt(), last, TERMINAL) == NotCharged(last)


def test_an_empty_store_before_and_after_means_nothing_was_stored() -> None:
    empty = Baseline(TERMINAL, asked=True)
    assert judge(attempt(empty), None, TERMINAL) == NotCharged(None)


@pytest.mark.parametrize("wrapped", [0, 1])
def test_receipt_numbers_wrap_around_after_9999(wrapped: int) -> None:
    at_the_end = replace(BASELINE, receipt=9999)
    assert isinstance(judge(attempt(at_the_end), sale(receipt=wrapped), TERMINAL), Charged)


def test_a_terminal_that_does_not_repeat_the_currency_has_only_one() -> None:
    assert isinstance(judge(attempt(), sale(currency=None), TERMINAL), Charged)


@pytest.mark.parametrize(
    ("last", "doubt"),
    [
        (None, Doubt.STORE_EMPTIED),
        (sale(receipt=18), Doubt.RECEIPT_OUT_OF_STEP),
        (sale(receipt=15), Doubt.RECEIPT_OUT_OF_STEP),
        (sale(receipt=1), Doubt.RECEIPT_OUT_OF_STEP),
        (sale(receipt=None), Doubt.NO_RECEIPT_NUMBER),
        (sale(receipt=16, trace=123), Doubt.TRACE_OUT_OF_STEP),
        (sale(amount=1750), Doubt.OTHER_AMOUNT),
        (sale(amount=None), Doubt.OTHER_AMOUNT),
        (sale(currency="chf"), Doubt.OTHER_CURRENCY),
        (sale(kind=Kind.REFUND), Doubt.OTHER_KIND),
        (sale(result_code=5), Doubt.NOT_APPROVED),
        (sale(terminal_id="99999999"), Doubt.OTHER_TERMINAL),
    ],
)
def test_whatever_is_neither_ours_nor_nothing_goes_to_a_person(
    last: Transaction | None, doubt: Doubt
) -> None:
    assert judge(attempt(), last, TERMINAL) == Unproven(doubt, last)


def test_without_a_baseline_nothing_is_proven() -> None:
    never_asked = Baseline(TERMINAL, asked=False)
    assert judge(attempt(never_asked), sale(), TERMINAL) == Unproven(Doubt.NO_BASELINE, sale())


def test_a_first_receipt_in_an_empty_store_could_be_anybodys() -> None:
    empty = Baseline(TERMINAL, asked=True)
    assert judge(attempt(empty), sale(receipt=1), TERMINAL) == Unproven(
        Doubt.RECEIPT_OUT_OF_STEP, sale(receipt=1)
    )


def test_a_terminal_that_keeps_its_name_out_of_the_status_is_known_by_its_registration() -> None:
    assert isinstance(judge(attempt(), sale(terminal_id=None), TERMINAL), Charged)
    assert judge(attempt(), sale(terminal_id=None), "99999999") == Unproven(
        Doubt.OTHER_TERMINAL, sale(terminal_id=None)
    )


def test_an_end_of_day_is_not_proven_by_a_sale() -> None:
    closing = attempt(kind=AttemptKind.END_OF_DAY)
    assert judge(closing, sale(), TERMINAL) == Unproven(Doubt.OTHER_KIND, sale())
