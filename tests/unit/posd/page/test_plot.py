"""The drawing of the last 24 hours: numbers worked out by hand, and nothing outside of it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posd.page import plot_words
from posd.page.plot import GROUND, HEIGHT, HEIGHT_ABOVE, HOUR_MS, OUTAGES_MAX, WIDTH, drawing
from posd.snapshot.plot_views import BUCKET_MS, BUCKETS, Bucket, Outage, Part, PlotView
from tests.unit.posd.page.telling import english, german
from tests.unit.posd.snapshots import MINUTE_MS, NOW_MS, Shop

FROM_MS = NOW_MS // BUCKET_MS * BUCKET_MS - (BUCKETS - 1) * BUCKET_MS
UNTIL_MS = FROM_MS + BUCKETS * BUCKET_MS
COUNTS = st.integers(0, 5000)


def plot(changed: dict[int, Bucket] | None = None, *outages: Outage) -> PlotView:
    """A day on which nothing happened but what is said, by the number of the half hour."""
    quiet = (Bucket(FROM_MS + n * BUCKET_MS, queue_max=0) for n in range(BUCKETS))
    return PlotView(
        counted=True,
        buckets=tuple((changed or {}).get(n, one) for n, one in enumerate(quiet)),
        outages=outages,
    )


def told(view: PlotView) -> list[str]:
    sentences = plot_words.about(view, english(Shop(locale="en-GB").snapshot()))
    return [sentence.replace("\u202f", " ") for sentence in sentences]


@pytest.mark.parametrize("view", [PlotView(), PlotView(counted=True)])
def test_what_is_not_counted_is_not_drawn(view: PlotView) -> None:
    assert drawing(view) is None


def test_a_bar_for_each_half_hour_and_behind_it_a_longer_one_with_the_declined() -> None:
    view = plot({2: Bucket(0, paid=3, declined=1), 47: Bucket(0, paid=2)})
    drawn = drawing(view)
    assert drawn is not None
    assert drawn.paid == "M1 60h10h10v-42h7v42h3" + 44 * "h10" + "v-28h7v28h3"
    assert drawn.declined == "M1 60h10h10v-56h7v56h3" + 45 * "h10"
    assert drawn.queue == ""


def test_what_waited_is_a_step_over_each_half_hour() -> None:
    drawn = drawing(plot({1: Bucket(0, queue_max=4), 2: Bucket(0, queue_max=1)}))
    assert drawn is not None
    assert drawn.queue.startswith("M0 60V60H10V4H20V46H30V60H40")
    assert drawn.queue.endswith("V60H480V60z")


def test_outages_lie_where_they_were_and_a_short_one_is_seen() -> None:
    view = plot(
        None,
        Outage(Part.POSD, "", FROM_MS - HOUR_MS, FROM_MS + HOUR_MS),
        Outage(Part.LINE, "", FROM_MS + 6 * HOUR_MS, FROM_MS + 6 * HOUR_MS + 1000),
        Outage(Part.READER, "Café", UNTIL_MS - HOUR_MS),
        Outage(Part.LINE, "", FROM_MS - 2 * HOUR_MS, FROM_MS - HOUR_MS),
    )
    drawn = drawing(view)
    assert drawn is not None
    assert drawn.outages == {
        Part.POSD: "M0 0h20v60h-20z",
        Part.LINE: "M120 66h1.5v6h-1.5z",
        Part.READER: "M460 76h20v6h-20z",
    }
    assert drawn.height == HEIGHT


def test_without_an_outage_there_is_no_room_for_one() -> None:
    drawn = drawing(plot(None, Outage(Part.POSD, "", FROM_MS, FROM_MS + HOUR_MS)))
    assert drawn is not None
    assert drawn.height == HEIGHT_ABOVE


def test_the_hours_stand_evenly_from_the_left() -> None:
    drawn = drawing(plot())
    assert drawn is not None
    assert drawn.hours == tuple(FROM_MS + n * 6 * HOUR_MS for n in range(4))


@given(
    st.lists(st.builds(Bucket, st.just(0), paid=COUNTS, declined=COUNTS), min_size=48, max_size=48),
    st.lists(
        st.builds(
            Outage,
            st.sampled_from(Part),
            st.just(""),
            st.integers(FROM_MS - 9 * HOUR_MS, UNTIL_MS),
            st.none() | st.integers(FROM_MS, UNTIL_MS),
        ),
        max_size=90,
    ),
)
def test_nothing_is_drawn_outside(buckets: list[Bucket], outages: list[Outage]) -> None:
    drawn = drawing(PlotView(counted=True, buckets=tuple(buckets), outages=tuple(outages)))
    assert drawn is not None
    for path in (drawn.paid, drawn.declined):
        assert sum(map(int, re.findall(r"h(\d+)", path))) in (0, WIDTH)
        assert all(0 < int(high) <= GROUND for high in re.findall(r"v-(\d+)", path))
    strips = re.findall(r"M([\d.]+) \d+h([\d.]+)v", "".join(drawn.outages.values()))
    assert len(strips) <= OUTAGES_MAX
    assert all(float(x) + float(width) <= WIDTH + 2 for x, width in strips)


def test_the_drawing_is_told_in_words() -> None:
    outages = [
        Outage(Part.LINE, "", NOW_MS - (9 - n) * HOUR_MS, NOW_MS - (9 - n) * HOUR_MS + MINUTE_MS)
        for n in range(4)
    ]
    view = plot(
        {5: Bucket(0, paid=2, declined=1, queue_max=7)},
        *outages,
        Outage(Part.READER, "Café", NOW_MS - MINUTE_MS),
    )
    assert told(view) == [
        "2 payments, 1 declined.",
        "At most 7 waited to be sent.",
        "Café was away since 14:01.",
        "No line to Stripe, 08:02 to 08:03.",
        "No line to Stripe, 07:02 to 07:03.",
        "And 2 more outages.",
    ]
    brief = Outage(Part.READER, "Café", NOW_MS, NOW_MS + 9000)
    assert told(plot(None, brief)) == ["0 payments.", "Café was away at 14:02."]
    assert told(plot({5: Bucket(0, paid=1)})) == ["1 payment.", "No outage."]
    assert plot_words.about(plot(), german(Shop().snapshot())) == ["0 Zahlungen.", "Kein Ausfall."]


def test_only_what_is_there_is_explained() -> None:
    assert plot_words.keys(plot()) == []
    view = plot({5: Bucket(0, paid=2, declined=1, queue_max=7)}, Outage(Part.POSD, "", FROM_MS))
    assert plot_words.keys(view) == ["paid", "declined", "queue", "posd"]
