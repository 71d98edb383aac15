"""What can go wrong between posd and a device, classed by what is known about the money (M3)."""


class DriverError(Exception):
    """The root of everything a driver raises."""


class NotSent(DriverError):
    """The operating system accepted no byte of the frame. Trying again is safe."""


class Ambiguous(NotSent):
    """More than one device has that address, and none was opened."""


class OutcomeUnknown(DriverError):
    """The terminal may have acted. Ask it before anything else (M5).

    Attributes:
        reason: One of the reader's fixed words for what was missing, e.g. `link_lost`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class DeviceGone(DriverError):
    """The link is lost: end of file, EIO, ENODEV, ENXIO, a reset. Nothing is said of the money."""


class DeviceBusy(DriverError):
    """Another process holds the device; no byte was written."""


class Unsupported(DriverError):
    """The terminal or this driver does not do what was asked. No money command was sent."""


class Refused(DriverError):
    """The terminal answered a question (not a payment) with a definite no.

    Attributes:
        code: The terminal's own result code, 0..255.
    """

    def __init__(self, code: int) -> None:
        super().__init__(f"refused with code {code:#04x}")
        self.code = code


class NoAnswer(DriverError):
    """A question (not a payment) got no usable answer in time. Asking again is safe."""


class CodecError(DriverError):
    """Bytes that are not, or not yet, a message."""


class Truncated(CodecError):
    """More bytes are needed. Raised before anything was consumed."""


class Malformed(CodecError):
    """These bytes can never become a message.

    Attributes:
        what: Which part, in the standard's word.
        offset: Where it starts, in bytes from the beginning of what was being read.
    """

    def __init__(self, what: str, offset: int) -> None:
        super().__init__(f"malformed {what} at byte {offset}")
        self.what = what
        self.offset = offset
