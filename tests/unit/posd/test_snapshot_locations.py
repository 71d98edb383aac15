"""Readers by location: the store's own first, Stripe's readers beside those that posd holds."""

from typing import Any

import msgspec
import pytest

from posd.model.upstream_facts import MirrorKind
from posd.snapshot.locations import CLOUD_READERS_MAX, NAME_CHARACTERS_MAX
from posd.snapshot.views import MirrorView, Snapshot
from tests.unit.posd.snapshots import NOW_MS, Shop

HERE, NEXT_DOOR, FAR = "tml_here", "tml_next_door", "tml_far"


@pytest.fixture
def shop() -> Shop:
    shop = Shop()
    shop.fleet.tell(MirrorKind.LOCATION, HERE, display_name="Lange Reihe")
    return shop


def tell(shop: Shop, id_: str, location: str | None, **more: Any) -> None:
    shop.fleet.tell(MirrorKind.READER, id_, location=location, **more)


def grouped(shop: Shop) -> list[tuple[str | None, list[str], list[str]]]:
    return [
        (
            location.id,
            [reader.label for reader in location.readers],
            [reader.id for reader in location.cloud_readers],
        )
        for location in shop.snapshot().locations
    ]


def test_readers_stand_at_their_location_and_those_without_one_last(shop: Shop) -> None:
    shop.add_reader("loose")
    shop.add_reader("front", location=HERE)
    tell(shop, "tmr_1", HERE)
    tell(shop, "tmr_2", NEXT_DOOR)
    assert grouped(shop) == [
        (HERE, ["front"], ["tmr_1"]),
        (NEXT_DOOR, [], ["tmr_2"]),
        (None, ["loose"], []),
    ]


def test_a_store_that_says_where_it_is_shows_no_other_stores_readers(shop: Shop) -> None:
    shop.location = NEXT_DOOR
    shop.add_reader("front", location=HERE)
    for id_, location in (("tmr_1", HERE), ("tmr_2", NEXT_DOOR), ("tmr_3", FAR), ("tmr_4", None)):
        tell(shop, id_, location)
    assert grouped(shop) == [(NEXT_DOOR, [], ["tmr_2"]), (HERE, ["front"], ["tmr_1"])]


def test_a_location_has_the_name_that_stripe_displays_or_its_id(shop: Shop) -> None:
    tell(shop, "tmr_1", HERE)
    tell(shop, "tmr_2", FAR)
    assert {one.id: one.name for one in shop.snapshot().locations} == {
        HERE: "Lange Reihe",
        FAR: FAR,
    }


def test_a_reader_of_stripes_says_what_stripe_said_last(shop: Shop) -> None:
    tell(shop, "tmr_1", HERE, label="Entrance", device_type="stripe_s700")
    shop.fleet.passes["tmr_1"] = {
        "status": "online",
        "action": {"type": "process_payment_intent", "status": "failed"},
        "last_seen_at": NOW_MS,
    }
    (reader,) = shop.snapshot().locations[0].cloud_readers
    assert (reader.label, reader.device_type, reader.status) == (
        "Entrance",
        "stripe_s700",
        "online",
    )
    assert (reader.action, reader.action_status) == ("process_payment_intent", "failed")
    assert reader.last_seen_ms == NOW_MS


@pytest.mark.parametrize("odd", [7, ["x"], {"x": 1}, None])
def test_what_stripe_never_should_tell_breaks_nothing(shop: Shop, odd: object) -> None:
    tell(shop, "tmr_1", HERE, label=odd, device_type=odd)
    shop.fleet.passes["tmr_1"] = {"status": odd, "action": odd, "last_seen_at": "now"}
    (reader,) = shop.snapshot().locations[0].cloud_readers
    assert (reader.label, reader.status, reader.last_seen_ms) == ("tmr_1", None, None)


def test_long_lists_and_names_are_cut_and_it_is_said(shop: Shop) -> None:
    for number in range(CLOUD_READERS_MAX + 5):
        tell(shop, f"tmr_{number}", HERE, label="x" * 200)
    tell(shop, "tmr_far", NEXT_DOOR)
    here, next_door = shop.snapshot().locations
    assert (len(here.cloud_readers), here.unlisted) == (CLOUD_READERS_MAX, 5)
    assert (len(next_door.cloud_readers), next_door.unlisted) == (0, 1)
    assert {len(reader.label) for reader in here.cloud_readers} == {NAME_CHARACTERS_MAX}


def test_the_mirrors_age_and_what_is_refused_survive_json(shop: Shop) -> None:
    shop.mirror = MirrorView(NOW_MS, NOW_MS, {"terminal.reader": "no permission"})
    tell(shop, "tmr_1", HERE)
    snapshot = shop.snapshot()
    told = msgspec.json.decode(msgspec.json.encode(snapshot), type=Snapshot)
    assert told == snapshot
    assert told.mirror == shop.mirror
