"""A shop in virtual time: one seed, one history.

Read `loop` (time that jumps), `trace` (the one hash of a run), `asgi` (HTTP without sockets),
`shop` (a till, a terminal, Stripe and posd), `oracle` (what must be true of three ledgers that posd
never writes).
"""
