"""The proof, for as long as there is time: stores, power cuts, noise and planted bugs in turns.

Read `turns` (one turn of each kind), `tally` (what they came to), `__main__` (until the time is
up). Every turn has a number; the same number does the same in the same tree, so a night that was
cut short is gone on with.
"""
