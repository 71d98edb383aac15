"""The one snapshot that the status page, `/posd/v1/status` and `posd status` are made of.

Read `views` (what it says, with the modules it names), then `build` and what it is made from, a
module a part: `readers`, `payments`, `errands`, `days`, `locations`, `orders`, `verdict`, `gap`.
Imported by whoever shows it.
"""
