"""What cashiers read: nothing is left out in any language, and no key is taken for a text."""

from collections.abc import Mapping
from enum import Enum

import pytest

from posd.texts.language import LABELS, SAYINGS, Language, cashier_text, of_locale
from posd.texts.results import RESULTS
from posd.texts.sayings import Label, Saying
from posd_drivers.zvt import codes

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
NOTHING_CHARGED = {Language.EN: "Nothing was charged.", Language.DE: "Es wurde nichts abgebucht."}
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
    for saying in set(RESULTS.values()) | {Saying.DECLINED, Saying.NOT_SENT}:
        assert NOTHING_CHARGED[language] in SAYINGS[language][saying], saying


@pytest.mark.parametrize("language", Language)
def test_labels_fit_a_narrow_receipt(language: Language) -> None:
    assert all(len(text) <= RECEIPT_COLUMNS for text in LABELS[language].values())


def test_results_are_the_manuals_and_none_is_the_networks() -> None:
    assert set(RESULTS) <= set(codes.RESULTS)
    assert not set(RESULTS) & set(codes.HOST_RESULTS)
    assert codes.RESULT_OK not in RESULTS


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
