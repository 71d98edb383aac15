"""The last 24 hours as the numbers of an SVG: paths and spans in a drawing of WIDTH by HEIGHT.

Pure. The drawing is stretched to the page's width, so that it holds no text: the hours stand below
it, evenly, and what it shows is said in words beside it.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from posd.snapshot.plot_views import BUCKET_MS, BUCKETS, Bucket, Outage, Part, PlotView

BUCKET_WIDTH: Final = 10
BAR_WIDTH: Final = 7
WIDTH: Final = BUCKETS * BUCKET_WIDTH
GROUND: Final = 60
"""Where the bars stand; up is less."""
BAR_HEIGHT_MAX: Final = 56
STRIPS: Final = {Part.LINE: 66, Part.READER: 76}
"""Where the strips of what was out of order lie. A posd that did not run leaves its time grey."""
STRIP_HEIGHT: Final = 6
HEIGHT: Final = 84
HEIGHT_ABOVE: Final = GROUND + 1
STRIP_WIDTH_MIN: Final = 1.5
"""An outage of seconds is to be seen too."""
OUTAGES_MAX: Final = 30
HOURS_BETWEEN: Final = 6
HOUR_MS: Final = 3_600_000


class Drawing(Struct, frozen=True):
    """Everything that is drawn.

    Attributes:
        paid: Path of the bars of payments.
        declined: Path of the bars behind those, so that what is seen of them was declined.
        queue: Path of the area of reports that waited.
        outages: What was out of order, a path for each part.
        height: HEIGHT, or less where nothing is drawn below the ground.
        hours: Wall milliseconds at the left end and HOURS_BETWEEN on, but for the right end.
    """

    paid: str
    declined: str
    queue: str
    outages: Mapping[Part, str]
    height: int
    hours: tuple[int, ...]


def drawing(plot: PlotView) -> Drawing | None:
    """The plot to be drawn, or None where there is nothing counted to draw."""
    if not plot.counted or not plot.buckets:
        return None
    buckets = plot.buckets
    most = max((bucket.paid + bucket.declined for bucket in buckets), default=0)
    deepest = max((bucket.queue_max or 0 for bucket in buckets), default=0)
    from_ms = buckets[0].from_ms
    until_ms = from_ms + BUCKETS * BUCKET_MS
    outages = _outages(plot.outages[-OUTAGES_MAX:], from_ms, until_ms)
    return Drawing(
        paid=_bars(_paid(buckets, most)),
        declined=_bars(_declined(buckets, most)),
        queue=_area(buckets, deepest),
        outages=outages,
        height=HEIGHT if outages.keys() & STRIPS.keys() else HEIGHT_ABOVE,
        hours=tuple(range(from_ms, until_ms, HOURS_BETWEEN * HOUR_MS)),
    )


def _paid(buckets: Sequence[Bucket], most: int) -> list[int]:
    return [max(_height(one.paid, most), 1) if one.paid else 0 for one in buckets]


def _declined(buckets: Sequence[Bucket], most: int) -> list[int]:
    """As high as what was paid and declined together; nothing for whom nobody declined."""
    lower = zip(buckets, _paid(buckets, most), strict=True)
    return [
        max(_height(one.paid + one.declined, most), paid + 1) if one.declined else 0
        for one, paid in lower
    ]


def _bars(heights: Sequence[int]) -> str:
    """Bars along the ground, in one line; nothing where there are none."""
    if not any(heights):
        return ""
    gap = BUCKET_WIDTH - BAR_WIDTH
    steps = (f"v-{one}h{BAR_WIDTH}v{one}h{gap}" if one else f"h{BUCKET_WIDTH}" for one in heights)
    return f"M1 {GROUND}{''.join(steps)}"


def _area(buckets: Sequence[Bucket], deepest: int) -> str:
    """What waited, as a step over each bucket; nothing where nothing ever did."""
    if not deepest:
        return ""
    heights = [_height(bucket.queue_max or 0, deepest) for bucket in buckets]
    steps = "".join(
        f"V{GROUND - height}H{(n + 1) * BUCKET_WIDTH}" for n, height in enumerate(heights)
    )
    return f"M0 {GROUND}{steps}V{GROUND}z"


def _outages(outages: Sequence[Outage], from_ms: int, until_ms: int) -> Mapping[Part, str]:
    paths: dict[Part, str] = {}
    for outage in outages:
        begins = max(outage.from_ms, from_ms)
        ends = min(outage.until_ms or until_ms, until_ms)
        if begins < until_ms and ends > from_ms:
            x = WIDTH * (begins - from_ms) / (until_ms - from_ms)
            width = max(WIDTH * (ends - begins) / (until_ms - from_ms), STRIP_WIDTH_MIN)
            strip = _strip(outage.part, _short(x), _short(width))
            paths[outage.part] = paths.get(outage.part, "") + strip
    return paths


def _strip(part: Part, x: str, width: str) -> str:
    if part is Part.POSD:
        return f"M{x} 0h{width}v{GROUND}h-{width}z"
    return f"M{x} {STRIPS[part]}h{width}v{STRIP_HEIGHT}h-{width}z"


def _height(count: int, most: int) -> int:
    return round(BAR_HEIGHT_MAX * count / most)


def _short(number: float) -> str:
    """With one digit at most, and none in vain."""
    return f"{number:.1f}".removesuffix(".0")
