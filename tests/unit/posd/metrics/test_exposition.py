"""What Prometheus reads, octet for octet as its text format has it."""

import threading

from posd.durations import Buckets
from posd.metrics.exposition import exposition
from posd.metrics.families import Family, Kind
from posd.metrics.readings import Reading, alone

COUNTED = Family("posd_tries_total", Kind.COUNTER, "Tries", ("reader", "outcome"))
STANDS = Family("posd_stands", Kind.GAUGE, "How it stands", ("label",))
ALONE = Family("posd_alone", Kind.GAUGE, "By itself")
TIMED = Family("posd_takes_seconds", Kind.HISTOGRAM, "How long", ("leg",))


def own(text: str) -> str:
    """Without what the system says of the process."""
    lines = (line for line in text.splitlines(keepends=True) if "process_" not in line)
    return "".join(lines)


def test_counters_and_gauges_with_and_without_labels() -> None:
    told = [
        Reading(COUNTED, {("tmr_1", "approved"): 3.0, ("tmr_1", "declined"): 1.0}),
        alone(ALONE, 0.5),
    ]
    assert own(exposition(told)) == (
        "# HELP posd_tries_total Tries\n"
        "# TYPE posd_tries_total counter\n"
        'posd_tries_total{outcome="approved",reader="tmr_1"} 3.0\n'
        'posd_tries_total{outcome="declined",reader="tmr_1"} 1.0\n'
        "# HELP posd_alone By itself\n"
        "# TYPE posd_alone gauge\n"
        "posd_alone 0.5\n"
    )


def test_a_histogram_has_every_bound_then_all_then_their_sum() -> None:
    told = [Reading(TIMED, {("card",): Buckets(((0.5, 1), (2.0, 4)), 5, 21.25)})]
    assert own(exposition(told)) == (
        "# HELP posd_takes_seconds How long\n"
        "# TYPE posd_takes_seconds histogram\n"
        'posd_takes_seconds_bucket{le="0.5",leg="card"} 1.0\n'
        'posd_takes_seconds_bucket{le="2.0",leg="card"} 4.0\n'
        'posd_takes_seconds_bucket{le="+Inf",leg="card"} 5.0\n'
        'posd_takes_seconds_count{leg="card"} 5.0\n'
        'posd_takes_seconds_sum{leg="card"} 21.25\n'
    )


def test_what_a_shop_calls_something_ends_no_line_and_no_label() -> None:
    told = [Reading(STANDS, {('Café "Nord"\n\\ 2',): 1.0})]
    assert 'posd_stands{label="Café \\"Nord\\"\\n\\\\ 2"} 1.0\n' in exposition(told)


def test_the_process_is_told_of_in_the_words_of_every_exporter() -> None:
    text = exposition([])
    for name in ("process_start_time_seconds", "process_resident_memory_bytes"):
        assert f"\n# TYPE {name} gauge\n" in f"\n{text}"


def test_two_scrapes_at_once_know_nothing_of_each_other() -> None:
    texts: list[str] = []

    def scrape(value: float) -> None:
        texts.append(own(exposition([alone(ALONE, value)])))

    both = [threading.Thread(target=scrape, args=(value,)) for value in (1.0, 2.0)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(text.splitlines()[-1] for text in texts) == ["posd_alone 1.0", "posd_alone 2.0"]
