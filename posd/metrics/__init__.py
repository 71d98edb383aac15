"""What Prometheus is told. Only composition imports it, and late.

Read families (every metric, one table), readings (what one reads now), tally (facts, counted),
gauges (the snapshot in numbers), scrapes (one answer), exposition (its text, by prometheus_client,
loaded on a thread). Nothing here runs while nobody asks.
"""
