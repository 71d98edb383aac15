"""What is in the way of a start, and of a payment: found, told and never repaired.

Read `finding` (one line of what is told) and `machine` (where the system keeps what is looked at),
then `preflight`, which is `posd check`: `unit` and `handed` (what systemd hands over), `account`
(what posd's own user may read), `held` (who holds a file), `state` (the state directory and its
journal). `examination` is `posd doctor`, with a module for each part of the machine. Only the
operator's commands import it; it changes nothing, and never talks to a device.
"""
