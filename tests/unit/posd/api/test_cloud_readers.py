"""Stripe's own readers beside the attached ones: one list, one set of calls, two owners."""

import pytest

from posd.model.upstream_facts import MirrorKind
from tests.unit.posd import records
from tests.unit.posd.api.fakes import MANAGER, OBSERVER, Bench

READERS = "/v1/terminal/readers"
READER, LOCATION = MirrorKind.READER, MirrorKind.LOCATION
ATTACHED = records.READER
CLOUD = "tmr_cloud"
SHOP = "tml_1"


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.store.known_readers[ATTACHED] = records.reader()
    bench.mirror.tell(LOCATION, SHOP, display_name="Corner shop")
    bench.mirror.tell(
        READER, CLOUD, device_type="stripe_s700", serial_number="S7", label="Window", location=SHOP
    )
    return bench


async def test_both_are_one_list_with_one_set_of_filters_and_cursors(bench: Bench) -> None:
    bench.mirror.passes[CLOUD] = {"status": "online", "action": None, "last_seen_at": 1}
    async with bench.client(OBSERVER) as screen:

        async def ids(**params: str) -> list[str]:
            answer = await screen.get(READERS, params=params)
            return [one["id"] for one in answer.json()["data"]]

        assert await ids() == [ATTACHED, CLOUD]
        assert await ids(starting_after=ATTACHED) == [CLOUD]
        assert await ids(ending_before=CLOUD) == [ATTACHED]
        assert await ids(limit="1") == [ATTACHED]
        assert await ids(device_type="stripe_s700") == [CLOUD]
        assert await ids(location=SHOP) == [CLOUD]
        assert await ids(serial_number="S7") == [CLOUD]
        assert await ids(status="online") == [ATTACHED, CLOUD]


async def test_one_of_stripes_is_told_with_what_passes_as_far_as_posd_has_heard(
    bench: Bench,
) -> None:
    async with bench.client(OBSERVER) as screen:
        cold = (await screen.get(f"{READERS}/{CLOUD}")).json()
        bench.mirror.passes[CLOUD] = {"status": "offline", "action": None, "last_seen_at": 7}
        heard = (await screen.get(f"{READERS}/{CLOUD}")).json()
    assert (cold["label"], cold["status"], cold["action"]) == ("Window", None, None)
    assert (heard["status"], heard["last_seen_at"]) == ("offline", 7)


async def test_a_location_is_expanded_from_the_mirror(bench: Bench) -> None:
    async with bench.client(OBSERVER) as screen:
        one = await screen.get(f"{READERS}/{CLOUD}", params={"expand[]": "location"})
    assert one.json()["location"]["display_name"] == "Corner shop"


async def test_a_pairing_phrase_goes_to_stripe_and_an_address_stays(bench: Bench) -> None:
    async with bench.client(MANAGER) as office:
        paired = await office.post(
            READERS,
            data={
                "registration_code": "sepia-cerulean-aqua",
                "location": SHOP,
                "metadata[lane]": "2",
            },
        )
        nowhere = await office.post(
            READERS,
            data={
                "registration_code": "zvt+tcp://10.0.0.7:20007?simulated=true",
                "location": "tml_9",
            },
        )
    assert paired.json()["object"] == "terminal.reader"
    assert bench.gateway.written == [
        (
            READER,
            None,
            {
                "registration_code": "sepia-cerulean-aqua",
                "location": SHOP,
                "metadata": {"lane": "2"},
            },
        )
    ]
    assert (nowhere.status_code, nowhere.json()["error"]["param"]) == (404, "location")


async def test_one_of_stripes_is_renamed_and_deleted_at_stripe(bench: Bench) -> None:
    async with bench.client(MANAGER) as office:
        renamed = await office.post(f"{READERS}/{CLOUD}", data={"label": "Door", "metadata": ""})
        gone = await office.delete(f"{READERS}/{CLOUD}")
    assert renamed.json()["label"] == "Door"
    assert bench.gateway.written == [(READER, CLOUD, {"label": "Door", "metadata": ""})]
    assert gone.json()["deleted"] is True
