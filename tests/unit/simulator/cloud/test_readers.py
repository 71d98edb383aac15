"""Readers: registered by a code, renamed, moved, silent, gone."""

import pytest

from posd_simulator.cloud.rules.readers import (
    OFFLINE_AFTER_MS,
    Device,
    Reader,
    last_seen_ms,
    status,
)
from tests.unit.simulator.cloud.stage import LOCATIONS, READERS, Clock, Stage, stage, told

CODE = "puppies-plug-could"
WISEPOS = Device("WSC513104012345", "bbpos_wisepos_e", CODE)

SIMULATED = [
    ("simulated-wpe", "simulated_wisepos_e"),
    ("simulated-s700", "simulated_stripe_s700"),
    ("simulated-s710", "simulated_stripe_s710"),
    ("simulated-v660p", "simulated_verifone_v660p"),
]


async def ids(on: Stage, query: str = "") -> list[str]:
    answer = await on.till.get(f"{READERS}{query}")
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["data"]]


@pytest.mark.parametrize(("code", "device_type"), SIMULATED)
async def test_a_simulated_reader_is_made_by_its_code(code: str, device_type: str) -> None:
    async with stage() as on:
        here = (await on.till.located())["id"]
        reader = await on.till.registered(here, registration_code=code)
        assert reader["serial_number"].startswith(f"{code}-")
        assert reader == {
            "id": reader["id"],
            "object": "terminal.reader",
            "action": None,
            "device_sw_version": "2.37.2.0",
            "device_type": device_type,
            "ip_address": "0.0.0.0",  # noqa: S104 (what Stripe says of a simulated reader)
            "label": reader["serial_number"],
            "last_seen_at": 1_800_000_000_000,
            "livemode": False,
            "location": here,
            "metadata": {},
            "serial_number": reader["serial_number"],
            "status": "online",
        }
        other = await on.till.registered(here, registration_code=code)
        assert other["id"] != reader["id"]
        assert other["serial_number"] != reader["serial_number"]


@pytest.mark.parametrize(
    ("asked", "code", "param"),
    [
        ({"location": "HERE"}, "parameter_missing", "registration_code"),
        ({"registration_code": "simulated-wpe"}, "parameter_missing", "location"),
        (
            {"registration_code": "simulated-wpe", "location": "tml_0"},
            "resource_missing",
            "location",
        ),
        ({"registration_code": "nobody-shows-this", "location": "HERE"}, None, "registration_code"),
    ],
)
async def test_what_is_wrong_is_named(asked: dict[str, str], code: str | None, param: str) -> None:
    async with stage() as on:
        here = (await on.till.located())["id"]
        given = {name: here if value == "HERE" else value for name, value in asked.items()}
        assert told(await on.till.post(READERS, given))[2:] == (code, param)


async def test_live_mode_has_no_simulated_readers() -> None:
    async with stage() as on:
        live = on.till.holding("rk_live_1")
        here = (await live.located())["id"]
        asked = {"registration_code": "simulated-wpe", "location": here}
        assert told(await live.post(READERS, asked))[3] == "registration_code"


async def test_a_pairing_code_registers_what_shows_it_once() -> None:
    async with stage() as on:
        on.cloud.ledger.place(WISEPOS)
        here = (await on.till.located())["id"]
        reader = await on.till.registered(here, registration_code=CODE, label="Lane 1")
        assert (reader["device_type"], reader["label"]) == ("bbpos_wisepos_e", "Lane 1")
        assert reader["serial_number"] == "WSC513104012345"
        unnamed = await on.till.post(f"{READERS}/{reader['id']}", {"label": ""})
        assert unnamed.json()["label"] == CODE
        again = await on.till.post(READERS, {"registration_code": CODE, "location": here})
        assert told(again)[3] == "registration_code"


async def test_a_reader_that_is_registered_again_moves() -> None:
    async with stage() as on:
        here, there = [(await on.till.located())["id"] for _ in range(2)]
        on.cloud.ledger.place(WISEPOS)
        first = await on.till.registered(here, registration_code=CODE)
        on.cloud.ledger.place(Device(WISEPOS.serial_number, WISEPOS.device_type, "new-code"))
        moved = await on.till.registered(there, registration_code="new-code")
        assert (moved["id"], moved["location"]) == (first["id"], there)
        assert await ids(on) == [first["id"]]


async def test_a_reader_that_another_account_registers_is_gone_here() -> None:
    async with stage() as on:
        here = (await on.till.located())["id"]
        on.cloud.ledger.place(WISEPOS)
        first = await on.till.registered(here, registration_code=CODE)
        on.cloud.ledger.place(Device(WISEPOS.serial_number, WISEPOS.device_type, "new-code"))
        stranger = on.till.holding("sk_test_stranger")
        there = (await stranger.located())["id"]
        taken = await stranger.registered(there, registration_code="new-code")
        assert taken["id"] != first["id"]
        assert (await on.till.get(f"{READERS}/{first['id']}")).json()["deleted"] is True
        assert await ids(on) == []


async def test_label_and_metadata_change_and_nothing_else() -> None:
    async with stage() as on:
        here = (await on.till.located())["id"]
        reader = await on.till.registered(here, metadata={"a": "1"})
        path = f"{READERS}/{reader['id']}"
        named = await on.till.post(path, {"label": "Lane 1", "metadata": {"b": "2"}})
        assert named.json() == {**reader, "label": "Lane 1", "metadata": {"a": "1", "b": "2"}}
        unnamed = await on.till.post(path, {"label": ""})
        assert unnamed.json()["label"] == reader["serial_number"]
        moved = await on.till.post(path, {"location": here})
        assert told(moved)[2:] == ("parameter_unknown", "location")


async def test_a_deleted_reader_is_a_stub_everywhere() -> None:
    async with stage() as on:
        here = (await on.till.located())["id"]
        reader = await on.till.registered(here)
        path = f"{READERS}/{reader['id']}"
        stub = {
            "id": reader["id"],
            "object": "terminal.reader",
            "deleted": True,
            "device_type": "simulated_wisepos_e",
            "serial_number": reader["serial_number"],
        }
        assert (await on.till.delete(path)).json() == stub
        assert (await on.till.get(path)).json() == stub
        assert (await on.till.post(path, {"label": "x"})).json() == stub
        assert told(await on.till.delete(path))[::2] == (404, "resource_missing")
        assert await ids(on) == []
        assert told(await on.till.get(f"{READERS}/tmr_0"))[0] == 404


def test_without_a_signal_for_two_minutes_it_is_offline() -> None:
    reader = Reader("tmr_1", 0, "stripe_s700", "S1", "c", "c", "tml_1", silent_since_ms=60_000)
    assert last_seen_ms(reader, 60_000 + OFFLINE_AFTER_MS - 1) == 60_000
    assert status(reader, 60_000 + OFFLINE_AFTER_MS - 1) == "online"
    assert status(reader, 60_000 + OFFLINE_AFTER_MS) == "offline"


async def test_a_signal_comes_every_half_minute() -> None:
    clock = Clock()
    async with stage(clock) as on:
        here = (await on.till.located())["id"]
        path = f"{READERS}/{(await on.till.registered(here))['id']}"
        clock.now_ms += 3_600_000 + 29_999
        told = (await on.till.get(path)).json()
        assert (told["last_seen_at"], told["status"]) == (1_800_003_600_000, "online")


async def test_the_list_is_filtered() -> None:
    async with stage() as on:
        here, there = [(await on.till.located())["id"] for _ in range(2)]
        first = await on.till.registered(here)
        second = await on.till.registered(there, registration_code="simulated-s700")
        assert await ids(on) == [second["id"], first["id"]]
        assert await ids(on, f"?location={here}") == [first["id"]]
        assert await ids(on, "?device_type=simulated_stripe_s700") == [second["id"]]
        assert await ids(on, f"?serial_number={first['serial_number']}") == [first["id"]]
        assert await ids(on, f"?location={here}&device_type=simulated_stripe_s700") == []
        assert len(await ids(on, "?status=online")) == 2
        assert await ids(on, "?status=offline") == []
        assert told(await on.till.get(f"{READERS}?status=asleep"))[3] == "status"
        assert told(await on.till.get(f"{READERS}?device_type=phone"))[3] == "device_type"


async def test_its_location_is_expanded() -> None:
    async with stage() as on:
        here = await on.till.located()
        reader = await on.till.registered(here["id"], expand=["location"])
        assert reader["location"] == here
        listed = await on.till.get(f"{READERS}?expand[]=data.location")
        assert listed.json()["data"][0]["location"] == here
        refused = await on.till.get(f"{READERS}/{reader['id']}?expand[]=action")
        assert told(refused)[3] == "expand[0]"
        assert (await on.till.get(f"{LOCATIONS}/{here['id']}")).json() == here
