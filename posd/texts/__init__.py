"""What a cashier reads, as tables: short, polite, and what to do next.

Read `sayings` (everything there is to say), then `en` and `de` (how each language says it),
`results` (what a terminal's result code means at the till), `language` (which language, and how
sayings become a text). Pure and at the bottom: who says what, and when, is decided above.
"""
