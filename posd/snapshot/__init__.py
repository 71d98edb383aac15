"""The one snapshot that the status page, `/posd/v1/status` and `posd status` are made of.

Read `views` (what it says), then `build`, `days`, `locations`, `orders` and `verdict` (what it is
made from).
Imported by whoever shows it.
"""
