"""Stand-ins for what a developer does not have: a card terminal, a cardholder, Stripe.

`terminal` plays the payment terminal on a pty, a TCP port or USB (`usbip`) with a session, link
rules and ledger of its own; `cloud` plays Stripe. Both are real processes with rules of their own:
they share posd's grammar (bytes and forms) and none of its rules, so that agreement is evidence.
"""
