"""Stripe's HTTP dialect, version 1, as grammar: pure functions over bytes, strings and JSON values.

Read `errors` (the envelope, and `Rejected`, the one exception of this package), `form` (bodies and
queries), `fields` (typed values out of form strings), `lists` (cursors and the list envelope) and
`expand`, in this order. What a payment may do is not decided here. Imported by `posd.api`,
`posd.render`, `posd.upstream` and `posd_simulator.cloud`; imports nothing of posd.
"""
