"""posd, the payment terminal daemon of a store.

Read `daemon` (what is wired to what), `model` (facts and records), `journal` (what is durable),
`attempts` (the heart), `resolver`, `attachments`, `payments`, then `api`, `sync` and `page`.
"""

__version__ = "0.2.0"
