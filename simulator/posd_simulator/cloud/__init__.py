"""Stripe, as far as a store meets it: stateful, offline, with rules of its own.

Read `rules` (what a payment record and an idempotency key may do; pure), `resources` (parameters
in, objects out), `routes`, `ledger` (what survives a restart), `faults`, `cloud` (one request from
first to last), `app` (ASGI) and `serve` (a process on loopback). Imports `posd.stripe_wire` for
the grammar and nothing else of posd: whether both sides mean the same is for tests to find out.
"""
