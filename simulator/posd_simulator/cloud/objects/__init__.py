"""The simulator's records as Stripe's JSON objects, field by field after Stripe's description.

`payments`, `terminal`.
"""

Json = dict[str, object]
