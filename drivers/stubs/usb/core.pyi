from array import array
from collections.abc import Iterator
from typing import Any, Literal, overload

from usb.backend import IBackend

class USBError(OSError):
    backend_error_code: int | None
    def __init__(
        self, strerror: str, error_code: int | None = None, errno: int | None = None
    ) -> None: ...

class USBTimeoutError(USBError): ...
class NoBackendError(ValueError): ...

class Endpoint:
    bEndpointAddress: int
    bmAttributes: int
    wMaxPacketSize: int

class Interface:
    bInterfaceNumber: int
    bAlternateSetting: int
    bInterfaceClass: int
    bInterfaceSubClass: int
    bInterfaceProtocol: int
    extra_descriptors: list[int]
    def __iter__(self) -> Iterator[Endpoint]: ...

class Configuration:
    bConfigurationValue: int
    def __iter__(self) -> Iterator[Interface]: ...

class Device:
    idVendor: int
    idProduct: int
    iSerialNumber: int
    bus: int
    address: int
    port_numbers: tuple[int, ...] | None
    def __init__(self, dev: Any, backend: IBackend) -> None: ...
    def __iter__(self) -> Iterator[Configuration]: ...
    @property
    def backend(self) -> IBackend: ...
    @property
    def serial_number(self) -> str | None: ...
    @property
    def manufacturer(self) -> str | None: ...
    @property
    def product(self) -> str | None: ...
    def get_active_configuration(self) -> Configuration: ...
    def set_configuration(self) -> None: ...
    def clear_halt(self, ep: int) -> None: ...
    def write(self, endpoint: int, data: bytes, timeout: int | None = None) -> int: ...
    def read(
        self, endpoint: int, size_or_buffer: int, timeout: int | None = None
    ) -> array[int]: ...
    @overload
    def ctrl_transfer(
        self,
        bmRequestType: int,
        bRequest: int,
        wValue: int = 0,
        wIndex: int = 0,
        data_or_wLength: bytes | None = None,
        timeout: int | None = None,
    ) -> int: ...
    @overload
    def ctrl_transfer(
        self,
        bmRequestType: int,
        bRequest: int,
        wValue: int = 0,
        wIndex: int = 0,
        data_or_wLength: int = ...,
        timeout: int | None = None,
    ) -> array[int]: ...
    def is_kernel_driver_active(self, interface: int) -> bool: ...
    def detach_kernel_driver(self, interface: int) -> None: ...
    def attach_kernel_driver(self, interface: int) -> None: ...

@overload
def find(
    find_all: Literal[True], backend: IBackend | None = None, **args: int
) -> Iterator[Device]: ...
@overload
def find(
    find_all: Literal[False] = False, backend: IBackend | None = None, **args: int
) -> Device | None: ...
