"""What flows between this store and Stripe: `forwarder` pays what the outbox owes.

`settlement` holds the commands that make its answers durable.
"""
