"""The verdict, the legs and what needs a person, in words of either language."""

import pytest
from msgspec.structs import replace

from posd.page import said_words
from posd.page.catalogue import LANGUAGES, shipped
from posd.page.words import Words
from posd.snapshot.blame_views import Fault, LegKind, LegState, LegView
from posd.snapshot.concern_views import Concern, ConcernKind
from posd.snapshot.said import Said
from posd.snapshot.views import Ability, Level
from tests.unit.posd.page.telling import english, german
from tests.unit.posd.snapshots import MINUTE_MS, NOW_MS, Shop, busy_shop

SINCE_MS = NOW_MS - MINUTE_MS


def words() -> Words:
    return english(Shop(locale="en-GB").snapshot())


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_can_be_the_matter_has_words(language: str) -> None:
    text = shipped(language).text
    for kind in ConcernKind:
        assert text(f"needs.{kind.value}.title")
        assert text(f"needs.{kind.value}.do")
    assert all(text(f"fault.{fault.value}") for fault in Fault if fault is not Fault.NOBODY)
    assert all(text(f"legs.{kind.value}") for kind in LegKind)
    assert all(text(f"reader.ability.{ability.value}") for ability in Ability)
    assert all(text(f"level.{level.value}") for level in Level)


@pytest.mark.parametrize("locale", ["en", "de-DE"])
def test_whatever_a_store_is_told_is_told_in_its_language(locale: str) -> None:
    shop = busy_shop()
    shop.locale = locale
    snapshot = shop.snapshot()
    told = german(snapshot) if locale == "de-DE" else english(snapshot)
    sentences = [said_words.sentence(one, told) for one in snapshot.verdict.more]
    first = said_words.sentence(snapshot.verdict.said, told)
    assert (first, sentences[0]) == {
        "en": (
            "1 of 4 lanes cannot take cards: Lane 3",
            "1 payment must be checked by a person.",
        ),
        "de-DE": (
            "1 von 4 Kassen kann keine Karten nehmen: Kasse 3",
            "1 Zahlung muss von einem Menschen geprüft werden.",
        ),
    }[locale]


def test_names_are_joined_as_the_language_joins_them() -> None:
    said = Said("verdict.some_lanes", ("1", "Café", "3"), 3, 4)
    told = "3 of 4 lanes cannot take cards: Lane 1, Café, and Lane 3"
    assert said_words.sentence(said, words()) == told
    assert said_words.sentence(said, german(Shop().snapshot())).endswith(
        "Kasse 1, Café und Kasse 3"
    )


def test_the_name_of_a_reader_is_not_taken_for_a_lanes() -> None:
    said = Said("verdict.days_to_check", ("3",), 1)
    assert said_words.sentence(said, words()) == "An end of day must be looked at: 3."


@pytest.mark.parametrize(
    ("leg", "told"),
    [
        (LegView(LegKind.READERS, LegState.UP), "in order"),
        (LegView(LegKind.STRIPE, LegState.UP, answer_ms=210), "210\u00a0ms"),
        (LegView(LegKind.STRIPE, LegState.UP, answer_ms=2150), "2.2\u00a0s"),
        (LegView(LegKind.STRIPE, LegState.UNKNOWN), "not known"),
        (LegView(LegKind.INTERNET, LegState.DOWN, SINCE_MS), "down since 14:01"),
        (LegView(LegKind.INTERNET, LegState.DOWN), "down"),
        (LegView(LegKind.READERS, LegState.DOWN, SINCE_MS, ("Café",)), "Café away since 14:01"),
    ],
)
def test_each_leg_says_how_it_is(leg: LegView, told: str) -> None:
    assert said_words.leg(leg, words()) == told


def test_a_concern_says_what_where_and_what_to_do() -> None:
    unproven = Concern(ConcernKind.UNPROVEN, "pi_1", "Café", SINCE_MS, 780, "eur", "B-1043")
    assert said_words.title(unproven, words()) == "A payment is not proven"
    assert said_words.place(unproven, words()) == "Café, order B-1043"
    assert "did the money move?" in said_words.remedy(unproven, words())
    assert said_words.title(replace(unproven, count=4), words()).endswith("(4)")
    assert said_words.place(Concern(ConcernKind.REPORTS_LATE), words()) == ""


@pytest.mark.parametrize(
    ("concern", "path"),
    [
        (Concern(ConcernKind.UNPROVEN, "pi_posd_1"), "/payments/pi_posd_1"),
        (Concern(ConcernKind.DAY_OVERDUE, "tmr_posd_1"), "/readers/tmr_posd_1"),
        (Concern(ConcernKind.REPORTS_LATE), "/queue"),
        (Concern(ConcernKind.ORDER_ARRIVED, "thor_1"), ""),
        (Concern(ConcernKind.FACTS_MISSING), ""),
    ],
)
def test_a_concern_leads_to_the_page_that_has_more_of_it(concern: Concern, path: str) -> None:
    assert said_words.path(concern) == path


@pytest.mark.parametrize(
    ("kind", "cause", "told"),
    [
        (ConcernKind.READER_LOST, "no_answer", "Connected, but does not answer."),
        (ConcernKind.READER_LOST, "struck_by_lightning", "Check its power and its cable."),
        (ConcernKind.READER_LOST, None, "Check its power and its cable."),
        (ConcernKind.READER_NOT_READY, "end_of_day", "It wants its end of day first."),
        (ConcernKind.READER_NOT_READY, "card_removed", "Look at its display"),
        (ConcernKind.UNPROVEN, "cable", "Look at the reader's last receipt"),
    ],
)
def test_a_reader_needs_what_its_cause_asks_for(
    kind: ConcernKind, cause: str | None, told: str
) -> None:
    assert said_words.remedy(Concern(kind, cause=cause), words()).startswith(told)


def test_a_reader_is_as_urgent_as_its_lane() -> None:
    lanes = busy_shop().snapshot().lanes
    back, cafe = (Concern(ConcernKind.READER_LOST, f"tmr_posd_{id_}") for id_ in ("back", "cafe"))
    assert said_words.level(back, lanes) is Level.ATTENTION
    assert said_words.level(cafe, lanes) is Level.STOP
    assert said_words.level(Concern(ConcernKind.UNPROVEN), lanes) is Level.STOP
    assert said_words.level(Concern(ConcernKind.REPORTS_LATE), lanes) is Level.ATTENTION
    assert said_words.place(replace(back, name="2"), words()) == "Lane 2"
