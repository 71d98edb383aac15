"""What Stripe allows. Pure; knows no HTTP and no clock.

The fleet: `connection_tokens`, `locations`, `readers`, `configurations`. Buying it:
`hardware_catalogue` (a table), `hardware_orders`. Reports: `payment_records`. Every request:
`permissions`, `rate_limits`, `idempotency`. What is told of it: `events`.
"""
