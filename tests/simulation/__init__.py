"""A shop in virtual time: one seed, one history.

Read `loop` (time that jumps), `trace` (the one hash of a run), `asgi` (HTTP without sockets),
`door` (and without a client).
The actors: `till` and `cashier`, `lane` (a terminal and its line), `host` (the machine that posd
lives and dies on) with its `disk` and its `lives`, `person`, `faults` (what will go wrong, drawn
beforehand; `at_terminal`: by hands on its keys, `at_machine`: in the `backroom`, with its `clock`,
`uplink` and `visitors`), `spoiler` (who does it), `setback` (what a backup that is put back makes
posd forget). `holding` is what a till does with what is held for it; `line` the octets between a
lane and posd.
Who looks: `history` (the disk), `evidence`, `invariants`, `moves` and `limits` (after each
step), `watch`, `watchman` (deadlines), `books`, `baskets`, `oracle` and `quiet` (when all is over);
`numbers` is the table of what they hold. `store` puts one store together, `day` says how large it
is, `shop` runs it, `many` runs many; `sometimes` says what must be met, `replay` how it is run
again, `shrink` shortens what went wrong. `stories` are told one by one.
"""
