"""A card terminal (PT) that speaks ZVT: everything posd must survive, on a desk.

Read in this order:

- the world around it: `cards`, `issuer`, `cardholder`; its own book: `ledger`, `totals`;
- its make and its menus: `habits`, `profiles`, `settings`; what happens to it and goes wrong:
  `deeds`, `chance`, `faults`; its memory: `machine`; what a command can do: `script`;
- the commands: `order`, `dialogue`, `paper`, `settlement`, `status` and `lock`, which they share;
  `payment` with `sale`, `refund` and `reservation`; `correction` with `reversal`; `closing`,
  `repetition`, `session`, `maintenance`, `surface`; `commands` is their table;
- the session: `link` (its side of the serial and TCP link rules), `events`, `running`, `hand`,
  `oddity`, and `pt` (turn-taking, T3, one command at a time); `disturbance` at its end of the line;
- instead of all that, `transcript` and `recording`: a terminal that repeats another one.

All these are pure but the files of `ledger` and `transcript`. `inbox`, `cable`, `visitor` and
`terminal` turn the session over asyncio; `ordering` and `day` are faults and days in words; `lines`
are the pty, TCP and USB ends (the last one over `posd_simulator.usbip`), `panel` is its page and
control port, `options`, `station` and `serve` make a process of it.

Of posd_drivers it shares the ZVT grammar, the session's words and the transports. Its link rules,
turn-taking and timers are its own, by intention: agreement with the driver is evidence.
"""
