"""Stripe, as far as a store meets it: stateful, offline, with rules of its own.

Read `rules` (what Stripe allows; pure), `resources` (one module per URL: parameters in, objects
out) with `params`, `sections`, `objects`, `paging` and `expansion`, `call` and `routes` (what a
route is), `ledger` (what survives a restart), `faults`, `exchange`, `credentials` and `cloud` (one
request from first to last), `directions` and `director` (`/_sim`), `app` (ASGI) and `serve` (a
process on loopback). Imports `posd.stripe_wire` for the grammar and nothing else of posd: whether
both sides mean the same is for tests to find out.
"""
