"""What was out of order in the last day."""

from posd.snapshot.outages import OUTAGES_MAX, SHORTEST_MS, SHOWN_MS, Outages
from posd.snapshot.plot_views import Outage, Part

LINE = (Part.LINE, "")
FRONT = (Part.READER, "Front counter")


def test_an_outage_lasts_from_when_it_began_until_it_is_seen_no_more() -> None:
    outages = Outages()
    outages.look({LINE: 1_000}, 5_000)
    assert outages.lately(40_000) == (Outage(Part.LINE, "", 1_000),)
    outages.look({LINE: 20_000}, 20_000)
    outages.look({}, 61_000)
    assert outages.lately(70_000) == (Outage(Part.LINE, "", 1_000, 61_000),)


def test_what_passes_in_half_a_minute_is_no_outage() -> None:
    outages = Outages()
    outages.look({FRONT: 0}, 0)
    assert outages.lately(SHORTEST_MS - 1) == ()
    outages.look({}, SHORTEST_MS - 1)
    assert outages.lately(SHORTEST_MS) == ()


def test_each_reader_has_its_own_outage() -> None:
    outages = Outages()
    outages.look({FRONT: 0, LINE: 10}, 10)
    outages.look({FRONT: 0}, 50_000)
    assert outages.lately(60_000) == (
        Outage(Part.READER, "Front counter", 0),
        Outage(Part.LINE, "", 10, 50_000),
    )


def test_after_a_day_it_is_forgotten() -> None:
    outages = Outages()
    outages.add(Outage(Part.POSD, "", 0, 60_000))
    assert outages.lately(60_000 + SHOWN_MS - 1)
    assert not outages.lately(60_000 + SHOWN_MS)


def test_a_loose_plug_fills_no_memory() -> None:
    outages = Outages()
    for number in range(3 * OUTAGES_MAX):
        outages.look({FRONT: number * 60_000}, number * 60_000)
        outages.look({}, number * 60_000 + SHORTEST_MS)
    assert len(outages.lately(3 * OUTAGES_MAX * 60_000)) == OUTAGES_MAX
