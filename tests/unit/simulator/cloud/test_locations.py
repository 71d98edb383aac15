"""Locations: what an address needs in each country, what may change, what may go."""

from typing import Any

import pytest

from posd.stripe_wire.form import Value
from tests.unit.simulator.cloud.stage import HAMBURG, LOCATIONS, Stage, stage, told

WHOLE = {"line1": "1 Main St", "city": "Springfield", "state": "IL", "postal_code": "62701"}

LACKS = [
    # country, what it needs beside the country (Stripe's guide "Locations and zones")
    ("US", {"line1", "city", "state", "postal_code"}),
    ("AU", {"line1", "city", "state", "postal_code"}),
    ("CA", {"line1", "city", "state", "postal_code"}),
    ("IT", {"line1", "city", "state", "postal_code"}),
    ("ES", {"line1", "city", "state", "postal_code"}),
    ("DE", {"line1", "city", "postal_code"}),
    ("GB", {"line1", "city", "postal_code"}),
    ("MY", {"line1", "city", "postal_code"}),
    ("NZ", {"line1", "city", "postal_code"}),
    ("CH", {"line1", "city", "postal_code"}),
    ("IE", {"line1", "postal_code"}),
    ("SG", {"line1", "postal_code"}),
]


async def updated(on: Stage, location: dict[str, Any], **changes: Value) -> dict[str, Any]:
    answer = await on.till.post(f"{LOCATIONS}/{location['id']}", changes)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


@pytest.mark.parametrize(("country", "needed"), LACKS)
async def test_each_country_asks_for_its_parts(country: str, needed: set[str]) -> None:
    async with stage() as on:
        for part in WHOLE:
            rest = {name: text for name, text in WHOLE.items() if name != part}
            asked: dict[str, Value] = {
                "display_name": "Shop",
                "address": {"country": country, **rest},
            }
            answer = await on.till.post(LOCATIONS, asked)
            if part in needed:
                assert told(answer)[2:] == ("parameter_missing", f"address[{part}]")
            else:
                assert answer.json()["address"][part] is None


async def test_a_location_is_told_with_all_its_parts() -> None:
    async with stage() as on:
        made = await on.till.located(phone="+49401", metadata={"region": "north"})
        assert made == {
            "id": made["id"],
            "object": "terminal.location",
            "address": {
                "city": "Hamburg",
                "country": "DE",
                "line1": "Lange Reihe 1",
                "line2": None,
                "postal_code": "20099",
                "state": None,
            },
            "display_name": "Hamburg",
            "livemode": False,
            "metadata": {"region": "north"},
            "phone": "+49401",
        }
        assert made["id"].startswith("tml_")
        assert (await on.till.get(f"{LOCATIONS}/{made['id']}")).json() == made


@pytest.mark.parametrize(
    ("asked", "code", "param"),
    [
        ({}, "parameter_missing", "display_name"),
        ({"display_name": "Shop"}, "parameter_missing", "address"),
        ({**HAMBURG, "display_name": ""}, "parameter_invalid_empty", "display_name"),
        ({**HAMBURG, "display_name": "x" * 1001}, None, "display_name"),
        ({**HAMBURG, "colour": "red"}, "parameter_unknown", "colour"),
        ({**HAMBURG, "address": {"city": "Ulm"}}, "parameter_missing", "address[country]"),
        ({**HAMBURG, "address": {"country": "Germany"}}, "country_code_invalid", None),
        ({**HAMBURG, "address": {"town": "x", "country": "DE"}}, "parameter_unknown", None),
        ({**HAMBURG, "address_kana": {"line1": "x"}}, None, "address_kana"),
        ({**HAMBURG, "display_name_kanji": "x"}, None, "display_name_kanji"),
        ({**HAMBURG, "metadata": {"k" * 41: "v"}}, None, "metadata"),
    ],
)
async def test_what_is_wrong_is_named(
    asked: dict[str, Value], code: str | None, param: str | None
) -> None:
    async with stage() as on:
        status, _, found, at = told(await on.till.post(LOCATIONS, asked))
        assert (status, found) == (400, code)
        if param is not None:
            assert at == param


async def test_a_location_in_japan_is_named_in_kana_and_kanji() -> None:
    async with stage() as on:
        asked: dict[str, Value] = {
            "address_kanji": {"country": "JP", "postal_code": "1500001", "town": "神宮前"},
            "display_name_kanji": "原宿",
        }
        answer = await on.till.post(LOCATIONS, asked)
        made = answer.json()
        assert made["address"]["country"] == "JP"
        assert made["address_kanji"]["town"] == "神宮前"
        assert made["address_kanji"]["city"] is None
        assert made["display_name_kanji"] == "原宿"
        assert "address_kana" not in made


async def test_live_mode_knows_only_terminals_countries() -> None:
    async with stage() as on:
        asked: dict[str, Value] = {"display_name": "Shop", "address": {"country": "BR"}}
        assert (await on.till.post(LOCATIONS, asked)).status_code == 200
        live = await on.till.holding("sk_live_1").post(LOCATIONS, asked)
        assert told(live)[2:] == ("terminal_location_country_unsupported", "address[country]")


async def test_the_country_stays_and_the_rest_may_change() -> None:
    async with stage() as on:
        made = await on.till.located(metadata={"a": "1", "b": "2"})
        path = f"{LOCATIONS}/{made['id']}"
        moved = await on.till.post(path, {"address": {"country": "AT"}})
        assert told(moved)[3] == "address[country]"
        street = await updated(on, made, address={"line1": "Weg 2"})
        assert street["address"] == {**made["address"], "line1": "Weg 2"}
        bare = await on.till.post(path, {"address": {"city": ""}})
        assert told(bare)[2:] == ("parameter_missing", "address[city]")
        other = await updated(on, made, display_name="Altona", metadata={"a": "", "c": "3"})
        assert (other["display_name"], other["metadata"]) == ("Altona", {"b": "2", "c": "3"})
        cleared = await updated(on, made, metadata="")
        assert cleared["metadata"] == {}


async def test_an_empty_text_unsets() -> None:
    async with stage() as on:
        made = await on.till.located(phone="+4940")
        cleared = await updated(on, made, phone="", display_name="")
        assert ("phone" in cleared, cleared["display_name"]) == (False, "")


async def test_a_deleted_location_is_a_stub_and_not_in_the_list() -> None:
    async with stage() as on:
        made = await on.till.located()
        path = f"{LOCATIONS}/{made['id']}"
        stub = {"id": made["id"], "object": "terminal.location", "deleted": True}
        assert (await on.till.delete(path)).json() == stub
        assert (await on.till.get(path)).json() == stub
        assert (await on.till.post(path, {"display_name": "x"})).json() == stub
        assert told(await on.till.delete(path))[0] == 404
        assert (await on.till.get(LOCATIONS)).json()["data"] == []
        assert told(await on.till.get(f"{LOCATIONS}/tml_0")) == (
            404,
            "invalid_request_error",
            "resource_missing",
            "id",
        )


async def test_a_location_with_readers_stays() -> None:
    async with stage() as on:
        made = await on.till.located()
        reader = await on.till.registered(made["id"])
        path = f"{LOCATIONS}/{made['id']}"
        refused = await on.till.delete(path)
        assert told(refused)[:2] == (400, "invalid_request_error")
        await on.till.delete(f"/v1/terminal/readers/{reader['id']}")
        assert (await on.till.delete(path)).json()["deleted"] is True


async def test_the_list_is_newest_first_and_paged() -> None:
    async with stage() as on:
        made = [(await on.till.located())["id"] for _ in range(5)]
        first = (await on.till.get(f"{LOCATIONS}?limit=2")).json()
        assert (first["url"], first["has_more"]) == (LOCATIONS, True)
        assert [each["id"] for each in first["data"]] == made[:2:-1]
        after = (await on.till.get(f"{LOCATIONS}?starting_after={made[3]}")).json()
        assert [each["id"] for each in after["data"]] == made[2::-1]
        before = (await on.till.get(f"{LOCATIONS}?ending_before={made[2]}&limit=1")).json()
        assert [each["id"] for each in before["data"]] == [made[3]]
        lost = await on.till.get(f"{LOCATIONS}?starting_after=tml_0")
        assert told(lost)[2:] == ("resource_missing", "starting_after")
