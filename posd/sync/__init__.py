"""What flows between this store and Stripe: `forwarder` pays what the outbox owes."""
