"""Journals as each release left them, which every later posd reads, goes on with and gives back.

One folder a release: `journal.db.xz` (made by `make_0_1_0`), `writing.sql.xz` (all that the release
wrote to make it after its tables, with the values), `statements.sql` (each statement that its own
unit tests had it issue, by `record_statements`), `shapes.json` (what it reads of facts and records,
by `record_shapes`). They are made once, by the code of the release,
and never again. `test_releases` and `test_power_cut_upgrade` open them.
"""
