"""Receipts of what is not a sale, and of what has to be signed."""

import re

import pytest
from msgspec.structs import replace

from posd.model import attempt as attempts
from posd.model.attempt import Attempt
from posd.model.facts import (
    AttemptApproved,
    AttemptDeclined,
    AttemptFact,
    AttemptKind,
    AttemptStarted,
    Baseline,
    Proof,
    ReceiptPrinted,
    StatusReported,
)
from posd.render.slip import ADMINISTRATION, CUSTOMER, MERCHANT, as_html, as_text, slips
from posd.texts.language import Language
from posd_drivers.card_reader import BrandTotals, Kind, Receipt, Totals, Transaction
from tests.unit.posd.records import ATTEMPT, ENDED_MS, GIROCARD, READER, STARTED_MS
from tests.unit.posd.test_slip import wording

CLOSING = Transaction(
    kind=Kind.END_OF_DAY,
    terminal_id="52523535",
    amount=1500,
    currency="eur",
    result_code=0,
    receipt=None,
    trace=99,
    date="1009",
    time="220501",
    totals=Totals(1500, (BrandTotals("girocard", 2, 1250), BrandTotals("visa", 1, 250)), 17, 19),
)


def of_kind(kind: AttemptKind, *facts: AttemptFact) -> Attempt:
    intent = "" if kind is AttemptKind.END_OF_DAY else "pi_posd_00000001"
    baseline = Baseline("52523535", asked=True)
    amount = 0 if kind is AttemptKind.END_OF_DAY else 1250
    started = AttemptStarted(ATTEMPT, kind, intent, READER, amount, "eur", baseline)
    record = attempts.start(started, STARTED_MS)
    for fact in facts:
        record = attempts.apply(record, fact, ENDED_MS)
    return record


def approved(kind: AttemptKind, said: Transaction, *receipts: Receipt) -> Attempt:
    taken = said.amount or 0
    return of_kind(
        kind,
        StatusReported(ATTEMPT, said, accepted=True),
        AttemptApproved(ATTEMPT, None, taken, Proof.DIALOGUE, said, receipts),
    )


def text(attempt: Attempt, audience: str | None = CUSTOMER, language: str = "de") -> str:
    return as_text(slips([attempt], audience, wording(Language(language))))


@pytest.mark.parametrize(
    ("kind", "title", "nothing"),
    [
        (AttemptKind.SALE, "Kartenzahlung", "Es wurde nichts abgebucht"),
        (AttemptKind.PREAUTHORISATION, "Reservierung", "Es wurde nichts reserviert"),
        (AttemptKind.CAPTURE, "Buchung der Reservierung", "Es wurde nichts abgebucht"),
        (AttemptKind.RELEASE, "Reservierung aufgehoben", "Die Reservierung bleibt"),
        (AttemptKind.REVERSAL, "Storno", "Es wurde nichts erstattet"),
        (AttemptKind.REFUND, "Gutschrift", "Es wurde nichts erstattet"),
        (AttemptKind.END_OF_DAY, "Kassenschnitt", "Es wurde nicht abgeschlossen"),
    ],
)
def test_each_kind_says_what_it_is_and_what_a_no_means(
    kind: AttemptKind, title: str, nothing: str
) -> None:
    declined = [
        line.strip() for line in text(of_kind(kind, AttemptDeclined(ATTEMPT, 5))).split("\n")
    ]
    assert {title, nothing, "ABGELEHNT"} <= set(declined)
    done = [line.strip() for line in text(approved(kind, GIROCARD)).split("\n")]
    assert title in done
    assert nothing not in done


def test_a_reversal_names_the_trace_of_what_it_takes_back() -> None:
    said = replace(GIROCARD, kind=Kind.REVERSAL, trace=43, original_trace=42)
    told = text(approved(AttemptKind.REVERSAL, said))
    assert re.search(r"^TA-Nr\. +43$", told, re.MULTILINE)
    assert re.search(r"^Urspr\. TA-Nr\. +42$", told, re.MULTILINE)


def test_an_end_of_day_tells_the_terminals_totals() -> None:
    told = text(approved(AttemptKind.END_OF_DAY, CLOSING))
    rows = dict(re.findall(r"^(\S.*?) {2,}(\S.*)$", told, re.MULTILINE))
    assert rows["2 x girocard"] == "12,50\N{NO-BREAK SPACE}€"
    assert rows["1 x visa"] == "2,50\N{NO-BREAK SPACE}€"
    assert rows["Summe"] == "15,00\N{NO-BREAK SPACE}€"
    assert rows["Belege"] == "17 - 19"
    assert rows["Datum"] == "09.10.25 22:05:01"
    assert "ABGESCHLOSSEN" in told
    assert "GENEHMIGT" not in told
    assert "Karte" not in told


def test_an_end_of_day_has_one_receipt_for_everybody_as_it_was_printed() -> None:
    printed = Receipt(MERCHANT, ("Kassenschnitt 0001", "EUR 15,00"))
    closing = approved(AttemptKind.END_OF_DAY, CLOSING, printed)
    for audience in (None, CUSTOMER, MERCHANT):
        (slip,) = slips([closing], audience, wording())
        assert (slip.audience, slip.printed) == (ADMINISTRATION, True)
        assert text(closing, audience) == "Kassenschnitt 0001\nEUR 15,00\n"


@pytest.mark.parametrize(
    ("language", "words"), [("de", "UNTERSCHRIFT ERFORDERLICH"), ("en", "SIGNATURE REQUIRED")]
)
def test_what_has_to_be_signed_says_so_above_the_terminals_own_words(
    language: str, words: str
) -> None:
    signed = Receipt(MERCHANT, ("EUR 12,50",), signature_required=True)
    copy = Receipt(CUSTOMER, ("EUR 12,50",), signature_required=True)  # who keeps it signs nothing
    sale = of_kind(
        AttemptKind.SALE,
        StatusReported(ATTEMPT, GIROCARD, accepted=True),
        ReceiptPrinted(ATTEMPT, signed),
        ReceiptPrinted(ATTEMPT, copy),
        AttemptApproved(ATTEMPT, None, 1250, Proof.DIALOGUE, GIROCARD),
    )
    assert [line.strip() for line in text(sale, MERCHANT, language).splitlines()] == [
        words,
        "EUR 12,50",
    ]
    assert text(sale, CUSTOMER, language) == "EUR 12,50\n"
    page = as_html(slips([sale], None, wording(Language(language))), language)
    assert page.count(words) == 1
    required = {slip.audience: slip.signature_required for slip in slips([sale], None, wording())}
    assert required == {MERCHANT: True, CUSTOMER: False}


def test_a_third_receipt_is_for_the_administration() -> None:
    printed = Receipt(ADMINISTRATION, ("Kartenfehler",))
    declined = of_kind(AttemptKind.SALE, AttemptDeclined(ATTEMPT, 5, None, (printed,)))
    audiences = [slip.audience for slip in slips([declined], None, wording())]
    assert audiences == [MERCHANT, CUSTOMER, ADMINISTRATION]
    assert "Kartenfehler" not in text(declined, MERCHANT)
