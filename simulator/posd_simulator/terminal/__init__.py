"""A card terminal (PT) that speaks ZVT: everything posd must survive, on a desk.

Read `cards`, `issuer`, `cardholder` (the world around it), `ledger` and `totals` (its own book),
`habits` and `settings` (its make and its menus), `faults`, `machine` (its memory), `script` (what a
command can do). Then the commands: `order`, `dialogue`, `paper`, `settlement` (what they share),
`payment` with `sale`, `refund` and `reservation`, `correction` with `reversal`, `closing`,
`repetition`, `session`, `maintenance`, `surface`, and `commands`, their table; `status` is what is
said of a transaction, `lock` what a terminal refuses that is not ready. Then `link` (its side of
the serial and TCP link rules) and `pt` (its session: turn-taking, T3, one command at a time). All
these are pure but the file of `ledger`. `terminal` turns the session over asyncio, `lines` are the
pty and TCP ends, `panel` is its page and control port, and `serve` puts one together.

Of posd_drivers it shares the ZVT grammar, the session's words and the transports. Its link rules,
turn-taking and timers are its own, by intention: agreement with the driver is evidence.
"""
