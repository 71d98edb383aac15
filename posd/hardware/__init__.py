"""Hardware that Stripe sells: catalogue, then orders. May be imported by whoever may import fleet.

What is done with a reader once its parcel is there is posd.reception's.
"""
