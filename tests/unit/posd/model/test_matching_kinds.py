"""What a terminal's word proves of a reversal, a refund, a reservation, a closing (M5, M11)."""

import pytest
from msgspec.structs import replace

from posd.model.attempt import Attempt, AttemptState, start
from posd.model.closing import ClosingDoubt
from posd.model.facts import AttemptKind, Baseline
from posd.model.matching import Charged, Doubt, NotCharged, Told, Unproven, Verdict, judge
from posd_drivers.card_reader import CardDetails, Kind, Totals, Transaction
from tests.unit.posd.model.records import BASELINE, STARTED, sale

TERMINAL = "12345678"
VISA = CardDetails(brand="visa", last4="0119")
SOLD = sale(receipt=11, trace=117, turnover=10, card=VISA)
UNCHANGED = sale(receipt=16, trace=122, turnover=15)
REVERSED = sale(kind=Kind.REVERSAL, original_trace=117)


def attempt(kind: AttemptKind, **changes: object) -> Attempt:
    """An attempt that began when the terminal's last receipt was 16."""
    begun = start(replace(STARTED, kind=kind, original="att_posd_0"), at_ms=0)
    return replace(begun, **changes)


def original(**changes: object) -> Attempt:
    """What it builds on: receipt 11, trace 117, 12.50 euro, approved."""
    sold = start(replace(STARTED, attempt="att_posd_0"), at_ms=0)
    told = replace(SOLD, **changes)
    return replace(sold, state=AttemptState.APPROVED, approved_amount=1250, last=told)


def verdict(kind: AttemptKind, last: Transaction | None, **told: object) -> Verdict:
    """On an attempt of that kind, from what the terminal tells."""
    word = Told(TERMINAL, last, **told)  # type: ignore[arg-type]
    return judge(attempt(kind), word, original())


def test_a_reversal_names_what_it_took_back() -> None:
    assert verdict(AttemptKind.REVERSAL, REVERSED) == Charged(REVERSED)


@pytest.mark.parametrize(
    ("last", "doubt"),
    [
        (sale(), Doubt.OTHER_KIND),
        (sale(kind=Kind.REVERSAL), Doubt.OTHER_ORIGINAL),
        (sale(kind=Kind.REVERSAL, original_trace=118), Doubt.OTHER_ORIGINAL),
        (sale(kind=Kind.REVERSAL, original_trace=117, amount=900), Doubt.OTHER_AMOUNT),
        (sale(kind=Kind.REVERSAL, original_trace=117, receipt=18), Doubt.RECEIPT_OUT_OF_STEP),
    ],
    ids=["a sale", "names none", "of another sale", "of another amount", "two ahead"],
)
def test_a_reversal_that_is_not_clearly_ours_is_a_persons(last: Transaction, doubt: Doubt) -> None:
    assert verdict(AttemptKind.REVERSAL, last) == Unproven(doubt, last)


def test_a_reversal_of_which_nothing_was_stored_was_not_made() -> None:
    for kind in (AttemptKind.REVERSAL, AttemptKind.REFUND):
        assert verdict(kind, UNCHANGED) == NotCharged(UNCHANGED)


def test_a_refund_that_a_protocol_calls_one_is_ours() -> None:
    told = sale(kind=Kind.REFUND, card=VISA)
    assert verdict(AttemptKind.REFUND, told) == Charged(told)


def test_a_refund_that_looks_like_a_sale_is_a_persons() -> None:
    assert verdict(AttemptKind.REFUND, sale()) == Unproven(Doubt.SALE_OR_REFUND, sale())


def test_a_refund_to_another_card_is_a_persons() -> None:
    told = sale(kind=Kind.REFUND, card=replace(VISA, last4="4242"))
    assert verdict(AttemptKind.REFUND, told) == Unproven(Doubt.OTHER_CARD, told)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (Totals(3750, first_receipt=9, last_receipt=17), Charged(sale())),
        (Totals(6250, first_receipt=9, last_receipt=17), Unproven(Doubt.SALE_OR_REFUND, sale())),
        (Totals(3750, first_receipt=17, last_receipt=17), Unproven(Doubt.SALE_OR_REFUND, sale())),
    ],
    ids=["given back", "sold by hand", "closed in between"],
)
def test_the_turnover_tells_a_refund_from_a_sale(now: Totals, expected: Verdict) -> None:
    before = Totals(5000, first_receipt=9, last_receipt=16)
    refund = attempt(AttemptKind.REFUND, totals=before)
    assert judge(refund, Told(TERMINAL, sale(), totals=now), original()) == expected


@pytest.mark.parametrize("kind", [AttemptKind.CAPTURE, AttemptKind.RELEASE])
def test_what_is_still_reserved_was_neither_taken_nor_given_back(kind: AttemptKind) -> None:
    assert verdict(kind, UNCHANGED, reserved=(9, 11)) == NotCharged(UNCHANGED)


@pytest.mark.parametrize(
    ("kind", "booked"),
    [
        (AttemptKind.CAPTURE, sale()),
        (AttemptKind.RELEASE, REVERSED),
        (AttemptKind.RELEASE, replace(REVERSED, amount=None)),
    ],
)
def test_what_is_no_longer_reserved_and_was_booked_next_is_ours(
    kind: AttemptKind, booked: Transaction
) -> None:
    assert verdict(kind, booked, reserved=(9,)) == Charged(booked)


@pytest.mark.parametrize("kind", [AttemptKind.CAPTURE, AttemptKind.RELEASE])
@pytest.mark.parametrize(
    ("last", "reserved", "doubt"),
    [
        (UNCHANGED, (), Doubt.NOT_AMONG_THE_RESERVED),
        (UNCHANGED, None, Doubt.RESERVATIONS_NOT_TOLD),
        (sale(receipt=18), (), Doubt.RECEIPT_OUT_OF_STEP),
    ],
    ids=["gone and not booked", "not told", "two ahead"],
)
def test_a_reservation_that_is_gone_without_a_trace_is_a_persons(
    kind: AttemptKind, last: Transaction, reserved: tuple[int, ...] | None, doubt: Doubt
) -> None:
    assert verdict(kind, last, reserved=reserved) == Unproven(doubt, last)


@pytest.mark.parametrize(
    ("last", "reserved", "expected"),
    [
        (sale(), (17,), Charged(sale())),
        (sale(), (9,), Unproven(Doubt.NOT_AMONG_THE_RESERVED, sale())),
        (UNCHANGED, (9,), NotCharged(UNCHANGED)),
        (UNCHANGED, (9, 17), Unproven(Doubt.RESERVED_AND_NOT_STORED, UNCHANGED)),
        (UNCHANGED, None, Unproven(Doubt.RESERVATIONS_NOT_TOLD, UNCHANGED)),
    ],
    ids=["reserved", "a sale by hand", "nothing", "reserved, not stored", "not told"],
)
def test_a_reservation_must_be_among_the_reserved(
    last: Transaction, reserved: tuple[int, ...] | None, expected: Verdict
) -> None:
    reservation = attempt(AttemptKind.PREAUTHORISATION, original=None)
    assert judge(reservation, Told(TERMINAL, last, reserved=reserved)) == expected


BEFORE = Totals(5000, first_receipt=9, last_receipt=16)
CLOSED = sale(kind=Kind.END_OF_DAY, amount=5000, receipt=None)


@pytest.mark.parametrize(
    ("last", "now", "expected"),
    [
        (CLOSED, Totals(0), Charged(CLOSED)),
        (UNCHANGED, Totals(0), Charged(None)),
        (UNCHANGED, BEFORE, NotCharged(UNCHANGED)),
        (sale(), Totals(6250, first_receipt=9, last_receipt=17), NotCharged(sale())),
        (UNCHANGED, None, Unproven(Doubt.CANNOT_TELL, UNCHANGED)),
        (
            UNCHANGED,
            Totals(700),
            Unproven(ClosingDoubt.TOTALS_TELL_NO_PERIOD, UNCHANGED),
        ),
    ],
    ids=["told", "empty now", "as before", "sold since", "no totals", "no period"],
)
def test_an_end_of_day_is_proven_by_its_totals(
    last: Transaction, now: Totals | None, expected: Verdict
) -> None:
    closing = attempt(AttemptKind.END_OF_DAY, amount=0, original=None, totals=BEFORE)
    assert judge(closing, Told(TERMINAL, last, totals=now)) == expected


SILENT = Baseline(TERMINAL, asked=False, totals=BEFORE)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (Totals(6250, first_receipt=9, last_receipt=17), Charged(None)),
        (BEFORE, NotCharged(None)),
        (
            Totals(5000, first_receipt=9, last_receipt=18),
            Unproven(Doubt.TURNOVER_PROVES_NOTHING, None),
        ),
        (
            Totals(6250, first_receipt=9, last_receipt=18),
            Unproven(Doubt.TURNOVER_PROVES_NOTHING, None),
        ),
        (Totals(1250, first_receipt=17, last_receipt=17), None),
        (Totals(6250, first_receipt=9), None),
        (None, Unproven(Doubt.CANNOT_TELL, None)),
    ],
    ids=["ours", "nothing", "sold and reversed", "two more", "closed", "no receipts", "no totals"],
)
def test_a_terminal_that_cannot_repeat_proves_by_its_turnover(
    now: Totals | None, expected: Verdict | None
) -> None:
    sold = attempt(AttemptKind.SALE, original=None, baseline=SILENT)
    unclear = Unproven(Doubt.TURNOVER_PROVES_NOTHING, None)
    assert judge(sold, Told(TERMINAL, repeats=False, totals=now)) == (expected or unclear)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (Totals(1250, first_receipt=17, last_receipt=17), Charged(None)),
        (Totals(2500, first_receipt=17, last_receipt=18), None),
        (Totals(0), None),
    ],
    ids=["its only one", "one of two", "still empty"],
)
def test_a_period_that_was_empty_proves_no_standstill(
    now: Totals, expected: Verdict | None
) -> None:
    empty = Baseline(TERMINAL, asked=False, totals=Totals(0))
    sold = attempt(AttemptKind.SALE, original=None, baseline=empty)
    unclear = Unproven(Doubt.TURNOVER_PROVES_NOTHING, None)
    assert judge(sold, Told(TERMINAL, repeats=False, totals=now)) == (expected or unclear)


def test_a_terminal_that_can_tell_neither_is_a_persons() -> None:
    sold = attempt(AttemptKind.SALE, original=None, baseline=Baseline(TERMINAL, asked=False))
    assert judge(sold, Told(TERMINAL, repeats=False)) == Unproven(Doubt.CANNOT_TELL, None)


def test_what_has_the_next_number_and_was_refused_is_a_persons() -> None:
    assert BASELINE.receipt == 16
    for kind in (AttemptKind.SALE, AttemptKind.REFUND, AttemptKind.REVERSAL):
        refused = sale(result_code=0x6C)
        assert verdict(kind, refused) == Unproven(Doubt.NOT_APPROVED, refused)


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (sale(), Charged(sale())),
        (sale(amount=900), Unproven(Doubt.TURNOVER_PROVES_NOTHING, sale(amount=900))),
        (sale(receipt=16), Unproven(Doubt.TURNOVER_PROVES_NOTHING, sale(receipt=16))),
    ],
    ids=["ours", "of another amount", "an older one"],
)
def test_what_a_terminal_repeats_at_last_must_agree_with_its_turnover(
    last: Transaction, expected: Verdict
) -> None:
    """It told nothing before the sale, as one does whose book is empty after an end of day."""
    now = Totals(6250, first_receipt=9, last_receipt=17)
    sold = attempt(AttemptKind.SALE, original=None, baseline=SILENT)
    assert judge(sold, Told(TERMINAL, last, totals=now)) == expected
