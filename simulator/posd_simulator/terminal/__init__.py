"""A card terminal (PT) that speaks ZVT: everything posd must survive, on a desk.

Read `cards`, `issuer`, `cardholder` (the world around it), `ledger` (its own book), `settings` and
`machine` (its memory), `script` (what a command can do), `sale` and `commands` (each command),
`status` (what it says of a transaction), `faults`, `link` (its side of the serial and TCP link
rules) and `pt` (its session: turn-taking, T3, one command at a time); all these are pure but the
file of `ledger`. Then `terminal` turns the session over asyncio, `lines` are the pty and TCP ends,
`panel` is its page and control port, and `serve` puts one together.

Of posd_drivers it shares the ZVT grammar, the session's words and the transports. Its link rules,
turn-taking and timers are its own, by intention: agreement with the driver is evidence.
"""
