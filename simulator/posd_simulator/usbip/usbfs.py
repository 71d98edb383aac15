"""Whose each interface of one device is, by the rules of Linux (drivers/usb/core/devio.c). Pure.

An interface has one owner: a kernel driver, an open handle that claimed it, or nobody. cdc_acm
takes both interfaces of its function and gives both back. What is refused raises OSError with the
errno that libusb makes of it.
"""

import errno
from collections.abc import Hashable
from typing import NoReturn

CDC_ACM, USBHID = "cdc_acm", "usbhid"
_PROBED = {2: CDC_ACM, 3: USBHID}
"""Which driver comes for an interface, by its class."""
_CDC_DATA = 10


class Owners:
    """The owners of one device's interfaces. Kernel drivers come first, as when it is plugged in.

    `classes`: the class of each interface, by its number.
    """

    def __init__(self, classes: dict[int, int]) -> None:
        self._classes = classes
        self._drivers: dict[int, str] = {}
        self._claims: dict[int, Hashable] = {}
        for interface in classes:
            self._bind(interface)

    @property
    def any(self) -> bool:
        """Whether any interface has an owner; then no configuration may be set."""
        return bool(self._drivers or self._claims)

    def driver_of(self, interface: int) -> str | None:
        """The kernel driver that has it."""
        return self._drivers.get(interface)

    def claim(self, interface: int, handle: Hashable) -> None:
        """EBUSY: somebody else's; ENOENT: there is no such interface."""
        if interface not in self._classes:
            _refuse(errno.ENOENT)
        if interface in self._drivers or self._claims.get(interface, handle) != handle:
            _refuse(errno.EBUSY)
        self._claims[interface] = handle

    def release(self, interface: int, handle: Hashable) -> None:
        """ENOENT: not its own."""
        if self._claims.get(interface) != handle:
            _refuse(errno.ENOENT)
        del self._claims[interface]

    def claims_of(self, handle: Hashable) -> tuple[int, ...]:
        """The interfaces that the handle has claimed."""
        return tuple(number for number, owner in self._claims.items() if owner == handle)

    def detach(self, interface: int) -> None:
        """Take it, and the other one of its function, from its kernel driver. ENOENT: has none."""
        driver = self._drivers.get(interface)
        if driver is None:
            _refuse(errno.ENOENT)
        if driver == CDC_ACM:
            self._drivers = {n: it for n, it in self._drivers.items() if it != CDC_ACM}
        else:
            del self._drivers[interface]

    def attach(self, interface: int) -> None:
        """Let the kernel look for a driver. EBUSY: it has an owner; ENOENT: no driver comes."""
        if interface in self._drivers or interface in self._claims:
            _refuse(errno.EBUSY)
        self._bind(interface)
        if interface not in self._drivers:
            _refuse(errno.ENOENT)

    def _bind(self, interface: int) -> None:
        driver = _PROBED.get(self._classes.get(interface, 0))
        if driver is None:
            return
        wanted = {interface}
        if driver == CDC_ACM:
            wanted |= {number for number, it in self._classes.items() if it == _CDC_DATA}
        if wanted.isdisjoint(self._claims):
            self._drivers |= dict.fromkeys(wanted, driver)


def _refuse(number: int) -> NoReturn:
    raise OSError(number, "refused")
