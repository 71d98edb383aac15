"""What Stripe allows: `payment_records` and `idempotency`. Pure; knows no HTTP and no clock."""
