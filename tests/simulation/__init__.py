"""A shop in virtual time: one seed, one history.

Read `loop` (time that jumps), `trace` (the one hash of a run), `asgi` (HTTP without sockets).
The actors: `till` and `cashier`, `lane` (a terminal and its line), `host` (the machine that posd
lives and dies on) with its `disk` and its `lives`, `person`, `faults` (what will go wrong, drawn
beforehand), `spoiler` (who does it).
Who looks: `history` (the journal's disk), `evidence`, `invariants` (after each step), `watch`,
`watchman` (deadlines), `oracle` and `quiet` (when all is over). `store` puts one store together,
`shop` runs it, `many` runs many; `sometimes` says what must be met, `shrink` shortens what went
wrong. `stories` are told one by one.
"""
