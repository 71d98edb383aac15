"""All lanes of the store on one page."""

from posd.bus.store_view import FarLane, FarNode, LaneStanding, StoreView
from posd.bus.truth import NodeState
from posd.snapshot.views import ReaderStatus
from tests.unit.posd.page.desk import Desk

READY = FarLane("till-1", "Till 1", LaneStanding.OK, "tmr_1", ReaderStatus.ONLINE)


async def shown(*nodes: FarNode, connected: bool = True) -> str:
    desk = Desk()
    desk.far = StoreView("lyon", connected, None if connected else "gone", nodes)
    async with desk.browser() as browser:
        return (await browser.get("/lanes")).text


async def test_a_lane_is_told_as_its_machine_tells_it() -> None:
    page = await shown(FarNode("till-1", NodeState.READY, 17, "0.2.0", (READY,), alarms=2))
    assert "Till 1: Ready" in page
    assert "2 things need a person" in page


async def test_a_lane_of_a_lost_machine_is_red_and_one_that_is_off_says_so() -> None:
    lost = FarLane("till-2", "Till 2", LaneStanding.LOST)
    page = await shown(
        FarNode("till-2", NodeState.LOST, None, "0.2.0", (lost,)),
        FarNode("till-3", NodeState.DISCONNECTED, 17, "0.2.0", (lost,)),
    )
    assert "Till 2: Not heard" in page
    assert "Till 2: Switched off" in page
    assert page.count("Stop: ") == 2


async def test_what_may_be_old_says_so() -> None:
    assert "not heard right now" in await shown(connected=False)
    assert "not heard right now" not in await shown()


async def test_a_lane_whose_reader_is_not_set_up_says_so() -> None:
    new = FarLane("till-4", "Till 4", LaneStanding.ATTENTION)
    page = await shown(FarNode("till-4", NodeState.READY, 17, "0.2.0", (new,)))
    assert "Till 4: Its reader is not set up." in page


async def test_the_page_of_the_readers_leads_there() -> None:
    desk = Desk()
    async with desk.browser() as browser:
        assert "/lanes" in (await browser.get("/readers")).text
