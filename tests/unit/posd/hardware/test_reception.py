"""A reader out of a parcel goes to its lane step by step; every step is done once and kept."""

import asyncio
from pathlib import Path
from typing import Any

import httpx2
import pytest

from posd.model.hardware_facts import (
    OldReaderRetired,
    ReaderReceived,
    ReceivedReaderBound,
    ReceivedReaderTested,
)
from tests.unit.posd.hardware.office import Office, office
from tests.unit.posd.house import LANE_1
from tests.unit.posd.stage import OTHER_ID, ScriptedTerminal
from tests.unit.posd.virtual import virtual

URL = "zvt+tcp://10.0.0.99:20007?simulated=true"
OLD_URL = "zvt+tcp://10.0.0.50:20007?simulated=true"
PAIRING = "simulated-s700"


def reader_of(answer: httpx2.Response, position: int = 0) -> dict[str, Any]:
    assert answer.is_success, answer.text
    one: dict[str, Any] = answer.json()["readers"][position]
    return one


def facts(on: Office) -> list[object]:
    queries = on.posd.journal.queries
    return [entry.fact for one in queries.received_readers() for entry in queries.entries(one.id)]


async def registered(on: Office, url: str = OLD_URL) -> str:
    answer = await on.post("/v1/terminal/readers", {"registration_code": url})
    id_: str = answer.json()["id"]
    return id_


@virtual
async def test_an_attached_reader_goes_to_its_lane_in_one_call(tmp_path: Path) -> None:
    async with office(tmp_path) as on:
        order, old = await on.delivered(), await registered(on)
        first = reader_of(await on.receive(order, registration_code=URL))["reader"]
        on.plug_in(first, ScriptedTerminal(terminal_id=OTHER_ID))
        done = reader_of(await on.receive(order, reader=first, lane="lane-1", replaces=old))
        assert done["next"] == "none"
        (one,) = on.posd.journal.queries.received_readers(order)
        assert facts(on) == [
            ReaderReceived(one.id, order, first),
            ReceivedReaderBound(one.id, "lane-1", LANE_1),
            ReceivedReaderTested(one.id),
            OldReaderRetired(one.id, old),
        ]
        head = on.posd.journal.head
        again = await on.receive(order, reader=first, lane="lane-1", replaces=old)
        assert reader_of(again) == done
        assert on.posd.journal.head == head, "what is done is not done again"


@virtual
async def test_a_lane_shows_the_reader_that_was_bound_there(tmp_path: Path) -> None:
    async with office(tmp_path) as on:
        order = await on.delivered()
        new = reader_of(await on.receive(order, registration_code=URL, lane="lane-1"))["reader"]
        lanes = (await on.get("/posd/v1/status"))["lanes"]
        assert (lanes[0]["name"], lanes[0]["reader"]["id"]) == ("lane-1", new)


@virtual
async def test_a_lane_whose_new_reader_was_deleted_has_its_old_one_back(tmp_path: Path) -> None:
    async with office(tmp_path) as on:
        order = await on.delivered()
        for code in (URL, PAIRING):
            new = reader_of(await on.receive(order, registration_code=code, lane="lane-1"), -1)
            deleted = await on.http.delete(f"/v1/terminal/readers/{new['reader']}")
            assert deleted.is_success, deleted.text
        lanes = (await on.get("/posd/v1/status"))["lanes"]
        assert lanes[0]["reader"]["id"] == LANE_1


@virtual
async def test_a_reader_that_is_not_on_the_line_replaces_nothing(tmp_path: Path) -> None:
    async with office(tmp_path) as on:
        order, old = await on.delivered(), await registered(on)
        answer = await on.receive(order, registration_code=URL, lane="lane-1", replaces=old)
        assert reader_of(answer)["next"] == "test"
        assert answer.json()["problem"] == "The new reader is not on the line yet."
        known = on.posd.journal.queries.reader(old)
        assert known is not None
        assert not known.deleted


@virtual
async def test_a_declared_reader_is_retired_by_the_file(tmp_path: Path) -> None:
    async with office(tmp_path) as on:
        order = await on.delivered()
        new = reader_of(await on.receive(order, registration_code=URL))["reader"]
        on.plug_in(new, ScriptedTerminal(terminal_id=OTHER_ID))
        answer = await on.receive(order, reader=new, lane="lane-1", replaces=LANE_1)
        assert "configuration file" in answer.json()["problem"]
        assert reader_of(answer)["next"] == "retire"


@virtual
async def test_stripes_own_reader_is_registered_there_and_is_online_there(tmp_path: Path) -> None:
    async with office(tmp_path) as on:
        order = await on.delivered()
        answer = await on.receive(
            order, registration_code=PAIRING, label="Till 1", location="tml_1", lane="lane-1"
        )
        assert reader_of(answer)["next"] == "retire"
        (there,) = on.stripe.readers
        assert (there["label"], there["location"]) == ("Till 1", "tml_1")
        second = reader_of(await on.receive(order, registration_code=PAIRING), 1)["reader"]
        await on.receive(order, reader=second, replaces=there["id"])
        assert [one["id"] for one in on.stripe.readers] == [second]


@virtual
async def test_an_attached_readers_old_one_at_stripe_is_retired_there(tmp_path: Path) -> None:
    async with office(tmp_path) as on:
        order = await on.delivered()
        old = reader_of(await on.receive(order, registration_code=PAIRING))["reader"]
        on.stripe.away = True
        new = reader_of(await on.receive(order, registration_code=URL), 1)["reader"]
        on.plug_in(new, ScriptedTerminal(terminal_id=OTHER_ID))
        offline = await on.receive(order, reader=new, lane="lane-1", replaces=old)
        assert reader_of(offline, 1)["next"] == "retire"
        assert offline.json()["problem"]
        on.stripe.away = False
        await asyncio.sleep(120)
        assert reader_of(await on.receive(order, reader=new, replaces=old), 1)["next"] == "none"


@virtual
async def test_a_code_that_stripe_does_not_know_registers_nothing(tmp_path: Path) -> None:
    async with office(tmp_path) as on:
        order = await on.delivered()
        answer = await on.receive(order, registration_code="apple-pear-plum", lane="lane-1")
        assert (answer.status_code, answer.json()["error"]["code"]) == (
            400,
            "invalid_registration_code",
        )
        assert facts(on) == []


@virtual
async def test_the_same_call_again_registers_one_reader(tmp_path: Path) -> None:
    async with office(tmp_path) as on:
        order = await on.delivered()
        path = f"/posd/v1/hardware_orders/{order}/receive"
        answers = [await on.post(path, {"registration_code": URL}, "K") for _call in range(2)]
        assert len(answers[1].json()["readers"]) == 1
        assert reader_of(answers[0]) == reader_of(answers[1])


@virtual
async def test_no_more_readers_than_were_ordered(tmp_path: Path) -> None:
    async with office(tmp_path) as on:
        order = await on.delivered()
        for _piece in range(2):
            assert (await on.receive(order, registration_code=PAIRING)).is_success
        third = await on.receive(order, registration_code=PAIRING)
        assert third.json()["error"]["code"] == "order_unexpected_state"
        assert len(on.stripe.readers) == 2


@virtual
async def test_nothing_is_received_of_an_order_that_has_not_left(tmp_path: Path) -> None:
    async with office(tmp_path) as on:
        await on.order()
        answer = await on.receive("thor_1", registration_code=PAIRING)
        assert answer.json()["error"]["code"] == "order_unexpected_state"
        assert on.stripe.readers == []


@pytest.mark.parametrize(
    ("asked", "code", "param"),
    [
        ({}, "parameter_missing", "registration_code"),
        (
            {"registration_code": PAIRING, "reader": LANE_1},
            "parameters_exclusive",
            "registration_code",
        ),
        ({"registration_code": PAIRING, "lane": "lane-9"}, "parameter_invalid", "lane"),
        ({"registration_code": PAIRING, "replaces": "tmr_9"}, "resource_missing", "replaces"),
        ({"reader": "tmr_9"}, "resource_missing", "reader"),
        ({"reader": LANE_1, "replaces": LANE_1}, "parameter_invalid", "replaces"),
    ],
)
@virtual
async def test_what_cannot_be_is_refused_before_anything_is_done(
    tmp_path: Path, asked: dict[str, str], code: str, param: str
) -> None:
    async with office(tmp_path) as on:
        order = await on.delivered()
        head = on.posd.journal.head
        error = (await on.receive(order, **asked)).json()["error"]
        assert (error["code"], error["param"]) == (code, param)
        assert on.posd.journal.head == head
        assert on.stripe.readers == []


@virtual
async def test_a_reader_came_with_one_order(tmp_path: Path) -> None:
    async with office(tmp_path) as on:
        first, second = await on.delivered(), await on.delivered()
        reader = reader_of(await on.receive(first, registration_code=PAIRING))["reader"]
        error = (await on.receive(second, reader=reader)).json()["error"]
        assert (error["param"], first in error["message"]) == ("reader", True)
