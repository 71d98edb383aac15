"""The one snapshot that the status page, `/posd/v1/status` and `posd status` are made of.

Read `views` (what it says), then `build`, `locations` and `orders` (what it is made from).
Imported by whoever shows it.
"""
