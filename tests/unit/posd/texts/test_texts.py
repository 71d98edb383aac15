"""What cashiers read: nothing is left out in any language, and no key is taken for a text."""

from collections.abc import Mapping
from enum import Enum

import pytest

from posd.api.standing import STEPS
from posd.texts.language import LABELS, SAYINGS, Language, cashier_text, of_locale
from posd.texts.results import RESULTS, TERMINAL_STATUS
from posd.texts.sayings import Label, Saying
from posd_drivers.card_reader import Step
from posd_drivers.zvt import codes
from posd_drivers.zvt.card import step_of
from posd_drivers.zvt.messages import IntermediateStatus

CHARACTERS_MAX = 200
RECEIPT_COLUMNS = 42
UNPROVEN = (
    Saying.REPORTED,
    Saying.NOT_CONFIRMED,
    Saying.NEEDS_A_PERSON,
    Saying.SET_ASIDE,
    Saying.CONTRADICTED,
)
NOT = {Language.EN: "NOT", Language.DE: "NICHT"}
NOTHING_TO_CHARGE = {
    Saying.RESULT_ALREADY_REVERSED,
    Saying.RESULT_NOT_REVERSIBLE,
    Saying.RESULT_RESERVATION_AMOUNT,
    Saying.RESULT_RESERVATION,
}
NOTHING_CHARGED = {Language.EN: "Nothing was charged.", Language.DE: "Es wurde nichts abgebucht."}
PLEASE_WAIT = frozenset(
    {
        *(0x0E, 0x17, 0x4A, 0x5E, 0xFF),
        *(0x1B, 0x1C, 0x1D, 0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5),  # results: not final (M2, M4)
    }
)
TABLES: tuple[tuple[type[Enum], Mapping[Language, Mapping[Enum, str]]], ...] = (
    (Saying, SAYINGS),  # type: ignore[assignment]
    (Label, LABELS),
)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(("keys", "tables"), TABLES)
def test_every_language_says_everything(
    keys: type[Enum], tables: Mapping[Language, Mapping[Enum, str]], language: Language
) -> None:
    assert set(tables[language]) == set(keys)
    for key, text in tables[language].items():
        assert text.strip() == text != ""
        assert text != key.value


@pytest.mark.parametrize("language", Language)
def test_sayings_are_short_whole_sentences(language: Language) -> None:
    for saying, text in SAYINGS[language].items():
        assert text.endswith("."), saying
        assert len(text) <= CHARACTERS_MAX, saying
    assert len(set(SAYINGS[language].values())) == len(Saying)


def test_the_languages_differ() -> None:
    for saying in Saying:
        assert SAYINGS[Language.EN][saying] != SAYINGS[Language.DE][saying]


@pytest.mark.parametrize("language", Language)
def test_what_is_not_proven_forbids_to_take_the_money_again(language: Language) -> None:
    for saying in UNPROVEN:
        assert NOT[language] in SAYINGS[language][saying], saying


@pytest.mark.parametrize("language", Language)
def test_a_result_says_that_nothing_was_charged(language: Language) -> None:
    told = set(RESULTS.values()) - NOTHING_TO_CHARGE | {Saying.DECLINED, Saying.NOT_SENT}
    for saying in told:
        assert NOTHING_CHARGED[language] in SAYINGS[language][saying], saying


@pytest.mark.parametrize("language", Language)
def test_labels_fit_a_narrow_receipt(language: Language) -> None:
    assert all(len(text) <= RECEIPT_COLUMNS for text in LABELS[language].values())


def test_every_result_of_the_manual_has_words_and_none_of_the_networks() -> None:
    assert set(RESULTS) == set(codes.RESULTS) - {codes.RESULT_OK}
    assert not set(RESULTS) & set(codes.HOST_RESULTS)


def test_every_terminal_status_of_the_manual_has_words() -> None:
    assert set(TERMINAL_STATUS) == set(codes.TERMINAL_STATUS)


@pytest.mark.parametrize("code", sorted(codes.INTERMEDIATE_STATUS))
def test_every_intermediate_status_of_the_manual_has_words(code: int) -> None:
    """What is told as "please wait" is listed: a row that nobody thought of is none of them."""
    step = step_of(IntermediateStatus(code))
    assert (step is Step.PLEASE_WAIT) is (code in PLEASE_WAIT)
    assert STEPS[step] in Saying


def test_every_step_has_words_of_its_own() -> None:
    assert set(STEPS) == set(Step)
    assert len(set(STEPS.values())) == len(Step)


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("de", Language.DE),
        ("de-CH", Language.DE),
        ("en-GB", Language.EN),
        ("fr-FR", Language.EN),
        ("", Language.EN),
    ],
)
def test_the_language_follows_the_locale(locale: str, language: Language) -> None:
    assert of_locale(locale) is language


def test_sayings_follow_one_another() -> None:
    told = cashier_text((Saying.NOT_CONFIRMED, Saying.READER_ABSENT), Language.EN)
    assert told == (
        "Payment not confirmed yet. Do NOT take the money again; posd is asking the terminal."
        " The card reader is not connected. Please check its power and its cable."
    )
