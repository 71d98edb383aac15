"""Card terminals on USB without hardware: devices served over USB/IP, and a host that speaks it.

Read in this order:

- `layouts`: the protocol's fields, in its document's order; `wire`: its messages; `requests`: those
  of a client, out of a stream;
- `descriptors`: what a device says of itself; `chapter9`: what every device answers; `device`: its
  transfers, and the two kinds that terminals are: CDC-ACM and a vendor's bulk pipes;
- `server`: the socket that the devices lie on, with ports to plug them into; `line`: the
  terminal's end;
- the other side, for tests: `parsing` (descriptors as PyUSB wants them), `usbfs` (whose interface
  is whose, as on Linux), `client` (a device that was imported) and `backend` (all that behind
  PyUSB's own calls).

All but `server`, `line`, `client` and `backend` are pure, and none knows what a terminal is. The
same server serves a real kernel (`usbip attach`), so the backend is no more than a kernel and
libusb would be. It shares nothing with posd_drivers.transport.usb, which it is there to judge.
"""
