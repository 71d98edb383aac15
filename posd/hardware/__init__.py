"""Hardware that Stripe sells: read catalogue, commands, orders. Imported as fleet is.

What is done with a reader once its parcel is there is posd.reception's.
"""
