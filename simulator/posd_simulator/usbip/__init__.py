"""Card terminals on USB without hardware: devices served over USB/IP, and a host that speaks it.

Read in this order:

- `wire`: the protocol's fields and messages, in its document's order; `descriptors`: what a device
  says of itself;
- `device`: a device's rules, and the two kinds that terminals are: CDC-ACM and vendor bulk;
- `server`: the socket that the devices lie on, with ports to plug them into; `line`: the
  terminal's end;
- the other side, for tests: `usbfs` (whose interface is whose, as on Linux), `client` (a device
  that was imported) and `backend` (both behind PyUSB's own calls).

`wire`, `descriptors`, `device` and `usbfs` are pure. The same server serves a real kernel (`usbip
attach`), so the backend is no more than a kernel and libusb would be. It shares nothing with
posd_drivers.transport.usb, which it is there to judge.
"""
