"""Planted bugs: does the tier that claims to catch one catch it?

`rows.toml` is the table of bugs, `rows` reads it. `checkout` copies the working tree to where a bug
can be planted, `witness` is the pytest plugin that tells an assertion from any other failure,
`trial` runs the tests of a row there and judges, `__main__` runs all rows and prints the table.
`tests/tidy/test_planted_bugs.py` holds the rows to the code, and README to the rows.
"""
