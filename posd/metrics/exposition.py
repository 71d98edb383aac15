"""Readings as Prometheus reads them, by its own library, which is imported with this module.

Source: prometheus.io/docs/instrumenting/exposition_formats, text format 0.0.4.
"""

from collections.abc import Iterable, Iterator, Sequence

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from typing_extensions import override

from posd.durations import Buckets
from posd.metrics.families import Kind
from posd.metrics.readings import Labels, Reading


def exposition(readings: Sequence[Reading]) -> str:
    """The whole text, with what the system knows of the process. Reads /proc."""
    registry = CollectorRegistry()
    registry.register(_Once(readings))
    ProcessCollector(registry=registry)
    return generate_latest(registry).decode()


class _Once(Collector):
    """What was read a moment ago."""

    def __init__(self, readings: Sequence[Reading]) -> None:
        self._readings = readings

    @override
    def collect(self) -> Iterator[Metric]:
        return map(_metric, self._readings)


def _metric(reading: Reading) -> Metric:
    family = reading.family
    match family.kind:
        case Kind.COUNTER:
            counter = CounterMetricFamily(family.name, family.help, labels=family.labels)
            for labels, value in _numbers(reading):
                counter.add_metric(labels, value)
            return counter
        case Kind.GAUGE:
            gauge = GaugeMetricFamily(family.name, family.help, labels=family.labels)
            for labels, value in _numbers(reading):
                gauge.add_metric(labels, value)
            return gauge
        case Kind.HISTOGRAM:
            histogram = HistogramMetricFamily(family.name, family.help, labels=family.labels)
            for labels, buckets in _buckets(reading):
                histogram.add_metric(labels, _bounds(buckets), buckets.sum_s)
            return histogram


def _numbers(reading: Reading) -> Iterable[tuple[Labels, float]]:
    for labels, value in reading.values.items():
        assert not isinstance(value, Buckets), reading.family
        yield labels, value


def _buckets(reading: Reading) -> Iterable[tuple[Labels, Buckets]]:
    for labels, value in reading.values.items():
        assert isinstance(value, Buckets), reading.family
        yield labels, value


def _bounds(buckets: Buckets) -> list[tuple[str, float]]:
    """Each bound with how many are within it; the last one is all."""
    told = [(str(bound_s), float(count)) for bound_s, count in buckets.counts]
    return [*told, ("+Inf", float(buckets.count))]
