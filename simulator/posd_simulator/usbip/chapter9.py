"""What every USB device answers, and the state that this sets (USB 2.0, chapter 9). Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from posd_simulator.usbip.descriptors import SETUP, Description, Endpoint

ENDPOINT_HALT = 0
"""The one feature of an endpoint (table 9-6)."""
_DONE = b""
_DEVICE_STATUS = b"\x01\x00"
"""Self-powered, no remote wake-up (figure 9-4)."""


class Stall(Exception):
    """The device refuses the request: -EPIPE at the host."""


@dataclass(frozen=True, slots=True)
class Setup:
    """A control request, in the words of 9.3."""

    request_type: int
    request: int
    value: int
    index: int
    length: int

    @classmethod
    def parse(cls, octets: bytes) -> "Setup":
        """From its eight octets."""
        return cls(*SETUP.unpack(octets).values())


class Chapter9:
    """The configuration of one device, its alternate settings and halts.

    Attributes:
        configuration: The one that is set; 0: none.
        halted: Addresses of the endpoints that stall.
    """

    def __init__(self, description: Description) -> None:
        self._description = description
        self._alternates: dict[int, int] = {}
        self.configuration = 0
        self.halted: set[int] = set()

    def reset(self) -> None:
        """After a bus reset: no configuration."""
        self._set_up(0)

    def endpoint(self, address: int) -> Endpoint | None:
        """The endpoint, if configuration and alternate settings of now have it."""
        if self.configuration:
            for interface in self._description.interfaces:
                if interface.alternate == self._alternates.get(interface.number, 0):
                    for endpoint in interface.endpoints:
                        if endpoint.address == address:
                            return endpoint
        return None

    def answer(self, setup: Setup) -> bytes:
        """What a standard request asked for; empty: done. Raises Stall."""
        request = _REQUESTS.get((setup.request_type, setup.request))
        if request is None:
            raise Stall
        return request(self, setup)

    def _set_up(self, configuration: int) -> None:
        self.configuration = configuration
        self._alternates.clear()
        self.halted.clear()

    def _device_status(self, _: Setup) -> bytes:
        return _DEVICE_STATUS

    def _interface_status(self, setup: Setup) -> bytes:
        self._alternates_of(setup)
        return b"\x00\x00"

    def _endpoint_status(self, setup: Setup) -> bytes:
        return bytes([setup.index in self.halted, 0])

    def _device_feature(self, _: Setup) -> bytes:
        return _DONE

    def _clear_halt(self, setup: Setup) -> bytes:
        self._halt_of(setup)
        self.halted.discard(setup.index)
        return _DONE

    def _set_halt(self, setup: Setup) -> bytes:
        self._halt_of(setup)
        self.halted.add(setup.index)
        return _DONE

    def _get_descriptor(self, setup: Setup) -> bytes:
        descriptor = self._description.descriptor(setup.value >> 8, setup.value & 0xFF)
        if descriptor is None:
            raise Stall
        return descriptor

    def _get_configuration(self, _: Setup) -> bytes:
        return bytes([self.configuration])

    def _set_configuration(self, setup: Setup) -> bytes:
        if setup.value not in (0, 1):
            raise Stall
        self._set_up(setup.value)
        return _DONE

    def _get_interface(self, setup: Setup) -> bytes:
        self._alternates_of(setup)
        return bytes([self._alternates.get(setup.index, 0)])

    def _set_interface(self, setup: Setup) -> bytes:
        if setup.value not in self._alternates_of(setup):
            raise Stall
        self._alternates[setup.index] = setup.value
        return _DONE

    def _alternates_of(self, setup: Setup) -> tuple[int, ...]:
        alternates = self._description.alternates(setup.index)
        if not (self.configuration and alternates):
            raise Stall
        return alternates

    def _halt_of(self, setup: Setup) -> None:
        if setup.value != ENDPOINT_HALT or self.endpoint(setup.index) is None:
            raise Stall


_REQUESTS: dict[tuple[int, int], Callable[[Chapter9, Setup], bytes]] = {
    (0x80, 0): Chapter9._device_status,  # noqa: SLF001 (a table of its own methods)
    (0x81, 0): Chapter9._interface_status,  # noqa: SLF001
    (0x82, 0): Chapter9._endpoint_status,  # noqa: SLF001
    (0x00, 1): Chapter9._device_feature,  # noqa: SLF001
    (0x02, 1): Chapter9._clear_halt,  # noqa: SLF001
    (0x00, 3): Chapter9._device_feature,  # noqa: SLF001
    (0x02, 3): Chapter9._set_halt,  # noqa: SLF001
    (0x80, 6): Chapter9._get_descriptor,  # noqa: SLF001
    (0x80, 8): Chapter9._get_configuration,  # noqa: SLF001
    (0x00, 9): Chapter9._set_configuration,  # noqa: SLF001
    (0x81, 10): Chapter9._get_interface,  # noqa: SLF001
    (0x01, 11): Chapter9._set_interface,  # noqa: SLF001
}
"""bmRequestType and bRequest (tables 9-3 and 9-4), in the order of the latter."""
