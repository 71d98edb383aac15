"""`posd demo`: a till, posd, a card terminal on a real pty and Stripe on loopback, in one command.

Read `parts` (the processes), `story` (one payment, told by each party's own records) and `stage`
(what is started, in which order, and how it ends). Nothing here is used by the daemon.
"""
