"""What carries bytes: `base` (the port), then each transport, then `pump`.

A transport knows read, write and close and nothing else. `serial` and `tcp` share `descriptor`;
`usb` is a thread around `usb_device`, which PyUSB comes with, and `usb_match` says which device and
which of its interfaces. `line` is the settings of a serial line, `opening` waits for what opens.
`memory` is a pair without an operating system, with faults on order. `pump` is the one place where
a session meets a transport.
"""
