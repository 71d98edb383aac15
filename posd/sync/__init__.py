"""What flows between this store and Stripe: reports up, the fleet down, what a journal has lost.

Up, in the order of reading: `forwarder` decides for all that is owed, `choice` what is next, `gate`
whether anything may be sent, `line` whether Stripe is there, `turns` whose request goes; `delivery`
carries one effect out, with `exchange` (one request), `meaning` (one answer) and `found` (what
Stripe has already); `settlement` holds the commands that make it durable. Down: `downlink`. After a
restore: `looked_account`, `first_look`, `gaps`, `reconcile`. `stripe_side` wires them.
"""
