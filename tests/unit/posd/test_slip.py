"""Receipts: whose, what they must say, and what they must never say."""

import re
from html.parser import HTMLParser

import pytest
from msgspec.structs import replace

from posd.model.attempt import Attempt
from posd.model.facts import (
    AttemptAborted,
    AttemptApproved,
    AttemptDeclined,
    AttemptFact,
    AttemptNotSent,
    OutcomeUnknown,
    Proof,
    StatusReported,
)
from posd.render.locale import Writer
from posd.render.slip import COLUMNS, CUSTOMER, MERCHANT, Wording, as_html, as_text, slips
from posd.texts.language import LABELS, Language
from posd_drivers.card_reader import AbortCause, Receipt, Transaction
from tests.unit.posd import records
from tests.unit.posd.records import ATTEMPT, CHARGE, GIROCARD

SAID = replace(
    GIROCARD,
    date="1009",
    time="111501",
    tip=150,
    text="Danke",
    card=replace(GIROCARD.card, acquirer_contract="455600001"),
)
LOCALES = {Language.EN: "en-GB", Language.DE: "de-DE"}


def wording(language: Language = Language.DE, *, livemode: bool = True) -> Wording:
    writer = Writer(LOCALES[language], "Europe/Berlin")
    return Wording("Eck & Laden <Berlin>", LABELS[language], writer, livemode)


def approved(said: Transaction | None = SAID, *receipts: Receipt) -> Attempt:
    reported = StatusReported(ATTEMPT, SAID, accepted=True)
    fact = AttemptApproved(ATTEMPT, CHARGE, 123400, Proof.DIALOGUE, said, receipts)
    return records.attempt(reported, fact)


def text(attempt: Attempt, audience: str = CUSTOMER, words: Wording | None = None) -> str:
    return as_text(slips([attempt], audience, words or wording()))


def test_a_composed_receipt_says_what_the_terminal_told() -> None:
    told = text(approved())
    rows = dict(re.findall(r"^(\S.*?) {2,}(\S.*)$", told, re.MULTILINE))
    assert rows["Betrag"] == "1.234,00\N{NO-BREAK SPACE}€"
    assert rows["davon Trinkgeld"] == "1,50\N{NO-BREAK SPACE}€"
    assert rows["Karte"] == "VISA DEBIT **** 0119"
    assert rows["Terminal-ID"] == "52523535"
    assert rows["Datum"] == "09.10.25 11:15:01"
    assert (rows["TA-Nr."], rows["Beleg-Nr."]) == ("42", "17")
    assert rows["Genehmigungs-Nr."] == "123456"
    assert rows["EMV-AID"] == "A0000000031010"
    assert rows["VU-Nr."] == "455600001"
    lines = [line.strip() for line in told.splitlines()]
    assert lines[0] == "Eck & Laden <Berlin>"
    assert "Kundenbeleg" in lines
    assert "GENEHMIGT" in lines
    assert "Danke" in lines
    assert "Antwortcode" not in rows
    assert "TESTBETRIEB" not in told


@pytest.mark.parametrize("language", Language)
def test_no_line_is_wider_than_narrow_paper(language: Language) -> None:
    words = wording(language, livemode=False)
    card = replace(SAID.card, dedicated_file_name="A0000003591010028001A00000035910")
    long = approved(replace(SAID, card=card))
    assert f"AID\n{card.dedicated_file_name}\n" in text(long, MERCHANT, words)
    for attempt in (long, records.attempt(AttemptDeclined(ATTEMPT, 5, SAID))):
        assert max(map(len, text(attempt, MERCHANT, words).splitlines())) <= COLUMNS


@pytest.mark.parametrize(
    ("fact", "verdict", "result"),
    [
        (AttemptDeclined(ATTEMPT, 0x78, SAID), "DECLINED", "78"),
        (AttemptAborted(ATTEMPT, 0x6C, AbortCause.CUSTOMER), "CANCELLED", "6C"),
    ],
)
def test_what_was_not_charged_says_so_clearly(fact: AttemptFact, verdict: str, result: str) -> None:
    told = text(records.attempt(fact), words=wording(Language.EN))
    assert verdict in told
    assert "Nothing was charged" in told
    assert "APPROVED" not in told
    assert re.search(rf"Result code +{result}$", told, re.MULTILINE)
    assert re.search(r"Terminal +52523535$", told, re.MULTILINE)


def test_what_the_terminal_printed_is_given_as_it_came() -> None:
    printed = Receipt(MERCHANT, ("  * Haendlerbeleg *", "", "EUR 12,50"))
    attempt = approved(SAID, printed)
    assert text(attempt, MERCHANT) == "  * Haendlerbeleg *\n\nEUR 12,50\n"
    assert "Kundenbeleg" in text(attempt, CUSTOMER)
    in_test = text(attempt, MERCHANT, wording(livemode=False))
    assert in_test.splitlines()[0].strip() == "TESTBETRIEB - KEIN GELD BEWEGT"
    assert "Haendlerbeleg" in in_test


@pytest.mark.parametrize(
    "facts", [(), (AttemptNotSent(ATTEMPT),), (OutcomeUnknown(ATTEMPT, "lost"),)]
)
def test_nothing_unproven_has_a_receipt(facts: tuple[AttemptFact, ...]) -> None:
    assert slips([records.attempt(*facts)], CUSTOMER, wording()) == ()


def test_a_signature_is_asked_for_on_the_merchants_copy_alone() -> None:
    card = replace(SAID.card, cardholder_verification_method="offline_pin_and_signature")
    signed = approved(replace(SAID, card=card))
    assert "Unterschrift" in text(signed, MERCHANT)
    assert "Unterschrift" not in text(signed, CUSTOMER)
    assert "Unterschrift" not in text(approved(), MERCHANT)


def test_an_outcome_that_was_proven_later_says_so() -> None:
    later = AttemptApproved(ATTEMPT, CHARGE, 1250, Proof.PERSON, None)
    told = text(records.attempt(OutcomeUnknown(ATTEMPT, "lost"), later))
    assert "Ergebnis nach Unterbrechung" in told
    assert "Karte" not in told.replace("Kartenzahlung", "")


def test_a_terminal_that_tells_little_is_not_made_up_for() -> None:
    card = replace(SAID.card, brand="unknown", last4=None, application_preferred_name=None)
    attempt = approved(replace(SAID, card=card, tip=None, text=None, date=None, trace=None))
    told = text(attempt)
    assert "TA-Nr." not in told
    assert "Trinkgeld" not in told
    assert re.search(r"^Datum +09.10.25 10:53:29$", told, re.MULTILINE)
    branded = text(approved(replace(SAID, card=replace(card, brand="girocard"))))
    assert re.search(r"^Karte +girocard$", branded, re.MULTILINE)


class Reader(HTMLParser):
    """The tags and the text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # type: ignore[explicit-override]  # noqa: ARG002
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:  # type: ignore[explicit-override]
        self.text += data


def test_html_is_escaped_and_prints_each_attempt_on_its_own() -> None:
    evil = approved(SAID, Receipt(CUSTOMER, ("<script>alert(1)</script> & more",)))
    page = as_html(slips([approved(), evil], CUSTOMER, wording()), "de")
    read = Reader(page)
    assert read.tags.count("section") == 2
    assert "script" not in read.tags
    assert "<script>alert(1)</script> & more" in read.text
    assert "Eck & Laden <Berlin>" in read.text
    assert 'lang="de"' in page


@pytest.mark.parametrize(
    ("date", "time", "near_ms", "written"),
    [
        ("1231", "235959", 1_767_222_060_000, "31.12.25 23:59:59"),  # 2026-01-01 00:01 in Berlin
        ("0101", "000001", 1_767_221_880_000, "01.01.26 00:00:01"),  # 2025-12-31 23:58
        ("0230", "120000", 1_767_222_060_000, "01.01.26 00:01:00"),
        ("0229", "120000", 1_709_204_400_000, "29.02.24 12:00:00"),
        (None, "120000", 1_767_222_060_000, "01.01.26 00:01:00"),
    ],
)
def test_the_terminals_clock_knows_no_year(
    date: str | None, time: str | None, near_ms: int, written: str
) -> None:
    writer = Writer("de-DE", "Europe/Berlin")
    assert writer.terminal_moment(date, time, near_ms) == written
    assert writer.moment(1_767_222_060_000) == "01.01.26 00:01:00"


def test_a_locale_that_nobody_knows_is_written_in_english() -> None:
    assert Writer("xx-YY", "Europe/Berlin").money(123456, "eur") == "€1,234.56"
    assert Writer("de-XX", "Europe/Berlin").money(100, "eur") == "1,00\N{NO-BREAK SPACE}€"
