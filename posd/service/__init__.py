"""What posd and the machine's service supervisor say to each other.

`sd_notify` (ready, alive, stopping), `stop_orders` (who tells posd to stop, and how soon),
`watchdog` (when posd is alive), `credentials` (secrets handed to the service) and `logs` (one event
per line for the system journal). None knows another; `daemon` uses them all.
"""
