"""Stripe's fleet asked for twice: through posd, and at Stripe itself; what differs is declared.

Read differences, pair, test_machine for the comparison in virtual time; shop, test_sdks for the
official SDKs over real sockets.
"""
