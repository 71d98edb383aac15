"""What carries bytes: `base` (the port), `serial`, `tcp`, `memory` (pairs with faults), `pump`.

A transport knows read, write and close and nothing else; `pump` is the one place where a session
meets a transport.
"""
