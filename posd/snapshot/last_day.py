"""The last 24 hours as the plot shows them."""

from posd.snapshot.book import Book
from posd.snapshot.depths import Depths
from posd.snapshot.outages import Outages
from posd.snapshot.plot_views import Bucket, PlotView


def last_day(book: Book, outages: Outages, depths: Depths, at_ms: int) -> PlotView:
    """What is known of the 24 hours before `at_ms`, in half hours."""
    return PlotView(
        counted=book.counted,
        buckets=tuple(
            Bucket(from_ms, paid.count, paid.amounts, declined.count, depths.longest(from_ms))
            for from_ms, paid, declined in book.half_hours(at_ms)
        ),
        outages=outages.lately(at_ms),
    )
