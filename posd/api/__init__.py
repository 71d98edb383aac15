"""What tills, managers and observers talk to: a Stripe-shaped HTTP API, and posd's own beside it.

Read `routes` (one table of everything that can be asked, by whom), `app` (the life of one request),
`auth` and `origin` (who may ask), `params` (what may be asked), `idempotency` (asked twice),
`failures` (every error becomes Stripe's envelope in this one place), then a module per resource,
named as its URL, and `listener` (sockets and their limits). Nothing below imports this package.
"""
