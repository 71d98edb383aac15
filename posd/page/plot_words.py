"""What the plot of the last 24 hours shows, in words: for those who cannot see it, and on paper."""

from collections.abc import Iterator
from typing import Final

from posd.page.words import Words
from posd.snapshot.plot_views import Outage, Part, PlotView

OUTAGES_TOLD_MAX: Final = 3


def about(plot: PlotView, words: Words) -> list[str]:
    """What there is to say, sentence by sentence; of the outages the latest ones."""
    told = [_payments(plot, words), *_queue(plot, words)]
    told += [_outage(one, words) for one in plot.outages[: -OUTAGES_TOLD_MAX - 1 : -1]]
    if not plot.outages:
        told.append(words.text("plot.none"))
    if len(plot.outages) > OUTAGES_TOLD_MAX:
        told.append(words.text("plot.more", count=len(plot.outages) - OUTAGES_TOLD_MAX))
    return told


def keys(plot: PlotView) -> list[str]:
    """What is to be seen in the drawing, so that nothing is explained that is not there."""
    seen = {
        "paid": any(bucket.paid for bucket in plot.buckets),
        "declined": any(bucket.declined for bucket in plot.buckets),
        "queue": any(bucket.queue_max for bucket in plot.buckets),
        **{part.value: any(one.part is part for one in plot.outages) for part in Part},
    }
    return [key for key, there in seen.items() if there]


def _outage(outage: Outage, words: Words) -> str:
    what = words.text(f"plot.outage.{outage.part.value}", name=outage.name)
    since = words.at(outage.from_ms)
    if outage.until_ms is None:
        return words.text("plot.still", what=what, since=since)
    until = words.at(outage.until_ms)
    if since == until:
        return words.text("plot.brief", what=what, at=since)
    return words.text("plot.over", what=what, since=since, until=until)


def _payments(plot: PlotView, words: Words) -> str:
    paid = sum(bucket.paid for bucket in plot.buckets)
    declined = sum(bucket.declined for bucket in plot.buckets)
    if declined:
        return words.text("plot.with_declined", count=paid, n=declined)
    return words.text("plot.paid", count=paid)


def _queue(plot: PlotView, words: Words) -> Iterator[str]:
    deepest = max((bucket.queue_max or 0 for bucket in plot.buckets), default=0)
    if deepest:
        yield words.text("plot.waited", n=deepest)
