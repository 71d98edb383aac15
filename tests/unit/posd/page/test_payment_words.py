"""What is said of payments, and what a person is asked about one."""

import pytest
from msgspec.structs import replace

from posd.model.attempt import AttemptState
from posd.model.facts import AttemptKind
from posd.page import payment_words
from posd.page.catalogue import LANGUAGES, shipped
from posd.snapshot.views import PaymentStatus, ReportStatus
from tests.unit.posd.page.telling import english
from tests.unit.posd.snapshots import Shop


def advice(shop: Shop) -> str:
    snapshot = shop.snapshot()
    return payment_words.advice(snapshot.errands[0], english(snapshot))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_has_words(language: str) -> None:
    text = shipped(language).text
    assert all(text(f"payment.status.{status.value}") for status in PaymentStatus)
    told = {status for status in ReportStatus if text(f"payment.report.{status.value}")}
    assert told == set(ReportStatus) - {ReportStatus.NOT_OWED}


@pytest.mark.parametrize(
    ("kind", "asks"),
    [
        (AttemptKind.SALE, "taken?"),
        (AttemptKind.CAPTURE, "taken?"),
        (AttemptKind.RELEASE, "given back?"),
        (AttemptKind.REVERSAL, "given back?"),
        (AttemptKind.REFUND, "given back?"),
    ],
)
def test_a_person_is_asked_which_way_the_money_went(kind: AttemptKind, asks: str) -> None:
    shop = Shop()
    shop.add_payment(shop.add_reader("front"), AttemptState.PERSON)
    shop.attempts["att_1"] = replace(shop.attempts["att_1"], kind=kind)
    assert asks in advice(shop)


def test_what_is_held_past_its_day_is_captured_or_refunded() -> None:
    shop = Shop()
    shop.add_payment(shop.add_reader("front"), AttemptState.APPROVED)
    sale = shop.attempts["att_1"]
    shop.holding = {sale.id: [sale]}
    assert "refund" in advice(shop)
