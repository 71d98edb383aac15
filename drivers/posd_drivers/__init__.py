"""Bytes and devices: what posd knows of card terminals, and nothing of posd.

Read `errors`, `session` and `card_reader` (the port) first, then `transport` (what carries bytes),
then `zvt` (a protocol), last `catalogue` (which protocol and transport a reader's URL names).
`card_numbers` finds them in any text. Imports neither `posd` nor `posd_simulator`; `posd` imports
only `errors`, `session`, `card_reader`, `card_numbers` and `catalogue`.
"""
