"""Bytes and devices: what posd knows of card terminals, and nothing of posd.

Read `errors`, `session` and `card_reader` (the port) first, then `transport` (what carries bytes),
then `zvt` (a protocol), then `addresses` (a reader's URL) and `catalogue` (which protocol and
transport it names). Last `plugged` and `discovery` (what is plugged in), and `look` (whether a
terminal answers there). `card_numbers` finds them in any text. Imports neither `posd` nor
`posd_simulator`; `posd` imports only `errors`, `session`, `card_reader`, `card_numbers`,
`catalogue`, `discovery` and `look`.
"""
