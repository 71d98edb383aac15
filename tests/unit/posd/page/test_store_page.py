"""What the store and its lanes are called, said at the page where the file leaves it open."""

from pathlib import Path

import httpx2
import pytest
from msgspec.structs import replace

from posd.discoveries import Discovered
from posd.model.store_facts import LanesNamed, NamedLane, StoreNamed
from posd.page.sessions import MANAGER
from tests.unit.posd.api.test_discoveries import LANE, LANE_URL
from tests.unit.posd.page.desk import NOWHERE, Desk
from tests.unit.posd.page.outline import Outline

FIRST = "tmr_posd_00000000"
SECOND = "tmr_posd_00000001"


async def unnamed(folder: Path = NOWHERE, *, livemode: bool = False) -> Desk:
    """A store whose file says nothing of it, with one reader."""
    desk = Desk(folder=folder, name=None, lanes=(), livemode=livemode)
    await desk.bench.reader()
    return desk


async def say(desk: Desk, **form: str) -> httpx2.Response:
    browser, session = desk.manager()
    async with browser:
        return await browser.post("/store", data={"csrf": session.csrf, **form})


async def test_the_first_start_goes_on_to_name_and_lanes(tmp_path: Path) -> None:
    desk = await unnamed(tmp_path)
    async with desk.browser() as browser:
        assert (await browser.get("/")).headers["location"] == "/setup"
    form = {"code": desk.code.draw(), "pin": "271828", "again": "271828"}
    async with desk.browser() as browser:
        assert (await browser.post("/setup", data=form)).headers["location"] == "/store"
        outline = Outline((await browser.get("/store")).text)
        csrf = next(one["value"] for one in outline.all("input") if one.get("name") == "csrf")
        asked = [one["name"] for one in outline.all("input") if one.get("type") != "hidden"]
        assert asked == ["name", f"lane_{FIRST}"]
        said = {"csrf": csrf or "", "name": " Lyon 14 ", f"lane_{FIRST}": "Front"}
        assert (await browser.post("/store", data=said)).headers["location"] == "/"
    assert desk.journal.facts[1:] == [
        (StoreNamed("Lyon 14"), MANAGER),
        (LanesNamed((NamedLane("Front", FIRST),)), MANAGER),
    ]
    assert desk.parts.names.store() == "Lyon 14"


async def test_where_the_file_says_it_all_the_first_start_is_over(tmp_path: Path) -> None:
    desk = Desk(folder=tmp_path)
    form = {"code": desk.code.draw(), "pin": "271828", "again": "271828"}
    async with desk.browser() as browser:
        assert (await browser.get("/")).status_code == 200
        assert (await browser.post("/setup", data=form)).headers["location"] == "/"


async def test_a_device_that_is_plugged_in_is_registered_with_its_lane() -> None:
    desk = await unnamed(livemode=True)
    desk.bench.discoveries.found = [Discovered(LANE)]
    browser, _ = desk.manager()
    async with browser:
        outline = Outline((await browser.get("/store")).text)
    fields = {one.get("name"): one.get("value") for one in outline.all("input")}
    assert fields["url_0"] == LANE_URL
    await say(desk, name="Lyon", new_lane_0="Back", url_0=LANE_URL, **{f"lane_{FIRST}": "Front"})
    known = desk.bench.store.known_readers[SECOND]
    assert (known.address, known.label) == (LANE_URL, "Back")
    assert desk.journal.facts[-1][0] == LanesNamed(
        (NamedLane("Front", FIRST), NamedLane("Back", SECOND))
    )


async def test_in_test_mode_a_device_is_a_simulated_one() -> None:
    desk = await unnamed()
    desk.bench.discoveries.found = [Discovered(LANE)]
    browser, _ = desk.manager()
    async with browser:
        assert LANE_URL + "?simulated=true" in (await browser.get("/store")).text


async def test_a_reader_without_a_name_for_its_lane_has_none() -> None:
    desk = await unnamed()
    await say(desk, name="Lyon", **{f"lane_{FIRST}": "Front"})
    await say(desk, name="Lyon", **{f"lane_{FIRST}": " "})
    assert desk.parts.names.lanes() == ()


@pytest.mark.parametrize(
    "form",
    [
        {"name": ""},
        {"name": "  "},
        {"name": "x" * 101},
        {"name": "a\nb"},
        {"name": "Lyon", f"lane_{FIRST}": "x" * 101},
        {"name": "Lyon", "lane_tmr_nobody": "Front"},
        {"name": "Lyon", f"lane_{FIRST}": "Front", "lane_tmr_other": "Front"},
    ],
    ids=str,
)
async def test_what_is_no_name_is_refused(form: dict[str, str]) -> None:
    desk = await unnamed()
    answer = await say(desk, **form)
    assert 400 <= answer.status_code < 500
    assert desk.parts.names.lanes() == ()


async def test_what_the_file_says_stays() -> None:
    desk = Desk()
    assert (await say(desk, name="Elsewhere", **{f"lane_{FIRST}": "Front"})).status_code == 303
    assert desk.journal.facts == []
    names = desk.parts.names
    assert (names.store(), [lane.name for lane in names.lanes()]) == ("Corner shop", ["1"])
    browser, _ = desk.manager()
    async with browser:
        assert "configuration file" in (await browser.get("/store")).text


async def test_the_fallback_of_a_lane_stays() -> None:
    desk = await unnamed()
    lane = NamedLane("Front", FIRST, FIRST)
    await desk.parts.names.name_lanes([lane], actor=MANAGER)
    await say(desk, name="Lyon", **{f"lane_{FIRST}": "Entrance"})
    assert desk.parts.names.lanes() == (replace(lane, name="Entrance"),)
