import pytest
from msgspec.structs import replace

from posd.model.attempt import Attempt, start
from posd.model.facts import AttemptKind, Baseline
from posd.model.matching import (
    Charged,
    Doubt,
    NotCharged,
    Told,
    Unproven,
    Verdict,
    is_other_money,
)
from posd.model.matching import judge as judge_all
from posd_drivers.card_reader import Kind, Transaction
from tests.unit.posd.model.records import BASELINE, STARTED, sale

TERMINAL = "12345678"


def attempt(baseline: Baseline = BASELINE, kind: AttemptKind = AttemptKind.SALE) -> Attempt:
    return start(replace(STARTED, baseline=baseline, kind=kind), at_ms=0)


def judge(attempt: Attempt, last: Transaction | None, terminal_id: str) -> Verdict:
    """The verdict on the last transaction alone."""
    return judge_all(attempt, Told(terminal_id, last))


def test_the_next_receipt_with_the_asked_amount_is_ours() -> None:
    assert judge(attempt(), sale(), TERMINAL) == Charged(sale())


def test_the_same_receipt_as_before_means_nothing_was_stored() -> None:
    last = sale(receipt=16, amount=900, trace=122, turnover=15)
    assert judge(attempt(), last, TERMINAL) == NotCharged(last)


def test_an_empty_store_may_have_been_closed_since() -> None:
    for baseline in (BASELINE, Baseline(TERMINAL, asked=True)):
        assert judge(attempt(baseline), None, TERMINAL) == Unproven(Doubt.STORE_EMPTY, None)


@pytest.mark.parametrize("wrapped", [0, 1])
def test_receipt_numbers_wrap_around_after_9999(wrapped: int) -> None:
    at_the_end = replace(BASELINE, receipt=9999)
    assert isinstance(judge(attempt(at_the_end), sale(receipt=wrapped), TERMINAL), Charged)


def test_a_terminal_that_does_not_repeat_the_currency_has_only_one() -> None:
    assert isinstance(judge(attempt(), sale(currency=None), TERMINAL), Charged)


@pytest.mark.parametrize(
    ("last", "doubt"),
    [
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
    last: Transaction, doubt: Doubt
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


def test_a_receipt_number_alone_may_have_begun_anew() -> None:
    bare = replace(BASELINE, trace=None, turnover=None)
    told = sale(receipt=16, trace=None, turnover=None)
    assert judge(attempt(bare), told, TERMINAL) == Unproven(Doubt.RECEIPT_NUMBER_ALONE, told)


@pytest.mark.parametrize(
    ("before", "now", "charged"),
    [
        ("0921183000", {"date": "0921", "time": "183000"}, NotCharged),
        ("0921183000", {"date": "0921", "time": "183001"}, Unproven),
    ],
    ids=["the same transaction", "another one"],
)
def test_a_terminals_clock_tells_its_own_transactions_apart_however_wrong_it_is(
    before: str, now: dict[str, object], charged: type[Verdict]
) -> None:
    bare = replace(BASELINE, trace=None, turnover=None, stamp=before)
    told = replace(sale(receipt=16, trace=None, turnover=None), **now)
    assert isinstance(judge(attempt(bare), told, TERMINAL), charged)


@pytest.mark.parametrize("date", ["0101", "1231", None])
def test_a_wrong_clock_is_no_veto(date: str | None) -> None:
    told = sale(date=date, time="000000")
    assert judge(attempt(replace(BASELINE, stamp="0921183000")), told, TERMINAL) == Charged(told)


def test_a_tip_that_the_terminal_reports_is_ours_where_tips_are_taken() -> None:
    tipped = sale(amount=1400, tip=150)
    with_tips = start(replace(STARTED, tips=True), at_ms=0)
    assert judge(with_tips, tipped, TERMINAL) == Charged(tipped)
    for told in (sale(amount=1400), sale(amount=1400, tip=100), sale(amount=1100, tip=-150)):
        assert judge(with_tips, told, TERMINAL) == Unproven(Doubt.OTHER_AMOUNT, told)
    assert judge(attempt(), tipped, TERMINAL) == Unproven(Doubt.OTHER_AMOUNT, tipped)


def test_the_next_receipt_with_other_money_is_told_from_everything_else() -> None:
    assert is_other_money(attempt(), sale(amount=999))
    assert is_other_money(attempt(), sale(currency="chf"))
    for said in (sale(), sale(receipt=18, amount=999), sale(receipt=None, amount=999)):
        assert not is_other_money(attempt(), said)
