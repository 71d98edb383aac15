"""What is said of readers and lanes: every state has words, and nothing is said that is not."""

import pytest
from msgspec.structs import replace

from posd.live import Trouble
from posd.model.attempt import AttemptState
from posd.model.reader import Stranger
from posd.page import reader_words
from posd.page.catalogue import LANGUAGES, shipped
from posd.page.commands import for_reader
from posd.page.reader_words import TOLD_NEEDS
from posd.snapshot.readers import TAKES_NO_CARD
from posd.snapshot.views import Ability, CloudReaderView, Level, ReaderStatus, ReaderView
from posd_drivers.card_reader import Step
from tests.unit.posd.page.telling import english
from tests.unit.posd.snapshots import MINUTE_MS, NOW_MS, Shop, busy_shop, offline

HOUR_MS = 60 * MINUTE_MS


def only_reader(shop: Shop) -> ReaderView:
    reader = shop.snapshot().lanes[0].reader
    assert reader is not None
    return reader


def about(shop: Shop) -> str:
    return reader_words.about(only_reader(shop), english(shop.snapshot()))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_has_words(language: str) -> None:
    text = shipped(language).text
    assert all(text(f"reader.status.{status.value}") for status in ReaderStatus)
    assert all(text(f"reader.step.{step.value}") for step in Step)
    assert all(text(f"reader.trouble.{trouble.value}") for trouble in Trouble)
    assert all(text(f"reader.need.{need.value}") for need in TOLD_NEEDS)
    assert set(TAKES_NO_CARD) < TOLD_NEEDS


def test_a_reader_says_what_it_does_or_what_helps() -> None:
    snapshot = busy_shop().snapshot()
    words = english(snapshot)
    readers = [lane.reader for lane in snapshot.lanes if lane.reader]
    told = [reader_words.about(reader, words).replace("\u202f", " ") for reader in readers]
    assert told == [
        "€23.40, waiting for the card",
        "Not connected. Check its power and its cable. Its last answer came at 1:57 PM.",
        "€7.80: must be checked by a person first",
        "",
    ]
    lanes = [reader_words.lane(lane, words) for lane in snapshot.lanes]
    assert lanes == ["", "Use Garden instead.", "", ""]


def test_an_unknown_outcome_is_called_neither_paid_nor_failed() -> None:
    shop = Shop()
    shop.add_payment(shop.add_reader("front"), AttemptState.UNKNOWN, 900)
    assert about(shop) == "€9.00: the terminal is being asked what became of it"


def test_what_every_lane_can_do_is_said_once() -> None:
    snapshot = busy_shop().snapshot()
    lanes = [
        replace(lane, reader=replace(lane.reader, abilities=(Ability.CARDS, Ability.TIPS)))
        for lane in snapshot.lanes
        if lane.reader
    ]
    words = english(snapshot)
    assert reader_words.abilities_of_all(lanes, words) == "Each: cards, tips."
    assert reader_words.abilities_of_all(lanes[:1], words) == ""
    assert reader_words.abilities_of_all([*lanes[1:], snapshot.lanes[0]], words) == ""


def test_a_lane_without_any_reader_says_so() -> None:
    shop = busy_shop()
    shop.live.clear()
    snapshot = shop.snapshot()
    assert snapshot.lanes[0].level is Level.STOP
    assert reader_words.lane(snapshot.lanes[0], english(snapshot)) == "Its reader is not set up."


def test_a_quarantined_reader_says_since_when_and_what_to_do() -> None:
    shop = Shop(locale="de-DE")
    front = shop.add_reader("front")
    shop.add_payment(front, AttemptState.PERSON, 900)
    shop.quarantine(front, age_ms=HOUR_MS)
    reader = only_reader(shop)
    assert reader_words.status(reader, english(shop.snapshot())) == "Taken out of use"
    assert about(shop).startswith("Since 13:02: Failed twice in a row")
    assert for_reader(reader) == "posd readers accept tmr_posd_front --reason …"


@pytest.mark.parametrize("trouble", Trouble)
def test_every_trouble_comes_with_its_own_sentence(trouble: Trouble) -> None:
    shop = Shop()
    shop.add_reader("front", offline(trouble))
    assert about(shop).startswith(shipped("en").text(f"reader.trouble.{trouble.value}"))


@pytest.mark.parametrize("trouble", [Trouble.OTHER_TERMINAL, Trouble.OTHER_DEVICE])
def test_what_was_found_in_its_place_is_named_with_how_to_accept_it(trouble: Trouble) -> None:
    shop = Shop()
    id_ = shop.add_reader("front", offline(trouble))
    shop.held[0] = replace(shop.held[0], stranger=Stranger(NOW_MS, "52523536", None))
    assert "Found there: 52523536." in about(shop)
    assert for_reader(only_reader(shop)) == f"posd readers accept {id_} --as replacement --reason …"


@pytest.mark.parametrize(
    ("status", "action", "action_status", "told"),
    [
        (None, None, None, "not heard of yet"),
        ("offline", None, None, "offline"),
        ("online", "set_reader_display", "succeeded", "online, set reader display succeeded"),
        ("asleep", "sing_a_song", None, "asleep, sing a song"),
    ],
)
def test_a_reader_of_stripes_is_told_in_stripes_words(
    status: str | None, action: str | None, action_status: str | None, told: str
) -> None:
    reader = CloudReaderView("tmr_1", "Entrance", "stripe_s700", status, action, action_status)
    assert reader_words.cloud_reader(reader, english(Shop().snapshot())) == told
