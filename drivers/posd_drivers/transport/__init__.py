"""What carries bytes: `base` (the port), `descriptor`, `serial`, `tcp`, `memory`, `pump`.

A transport knows read, write and close and nothing else. Serial lines and TCP share `descriptor`;
`memory` is a pair without an operating system, with faults on order. `pump` is the one place where
a session meets a transport.
"""
