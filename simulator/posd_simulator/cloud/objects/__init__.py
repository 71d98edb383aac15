"""The simulator's records as Stripe's JSON objects, field by field after Stripe's description.

`payments`, `terminal`, `hardware`, `events`.
"""

Json = dict[str, object]
