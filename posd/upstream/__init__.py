"""Stripe over HTTP, one request at a time: nothing here decides what is owed or tries again.

Read `payment_records` (what is sent), `client` (how), `proof` (what counts as Stripe's answer) and
`limiter` (how often). Imported by `posd.sync`, by `posd.daemon` and by what only Stripe can answer.
"""
