"""Which of the devices on USB is meant, and which of its interfaces carry octets. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from typing_extensions import override

from posd_drivers.errors import Ambiguous

if TYPE_CHECKING:
    from usb.core import Configuration, Interface

COMMUNICATIONS: Final = (0x02, 0x02)
"""Class and subclass of a modem's control interface (CDC 1.2, 4.2; PSTN 1.2, 3.2.2)."""
REMOTE_NDIS: Final = 0xFF
"""The protocol by which a network adapter passes for a modem."""
DATA_CLASS: Final = 0x0A
VENDOR_CLASS: Final = 0xFF
UNION: Final = (0x24, 0x06)
"""Type and subtype of a union: the control interface, then its data interfaces (CDC 5.2.3)."""
BULK: Final = 0x02
TRANSFER_TYPE: Final = 0x03
INWARDS: Final = 0x80


class Named(Struct, frozen=True):
    """A device as a URL names it; what is None is not named."""

    vendor: int
    product: int
    serial: str | None = None
    port_path: str | None = None

    @override
    def __str__(self) -> str:
        model = f"{self.vendor:04x}:{self.product:04x}"
        if self.serial is not None:
            return f"{model}/{self.serial}"
        return model if self.port_path is None else f"{model}/@{self.port_path}"


class Several(Ambiguous):
    """More than one device on USB has that name.

    Attributes:
        names: Of each of them, one that no other has.
    """

    def __init__(self, wanted: Named, names: Sequence[Named]) -> None:
        super().__init__(f"{wanted} is {len(names)} devices: {', '.join(map(str, names))}")
        self.names = tuple(names)


class Function(Struct, frozen=True):
    """The interfaces and endpoints that carry octets.

    Attributes:
        control: The interface that takes a modem's settings; None if it is no modem.
        bulk: The interface of both endpoints.
        read_from: The bulk endpoint towards us, as in its descriptor.
        write_to: The bulk endpoint towards the device.
    """

    control: int | None
    bulk: int
    read_from: int
    write_to: int

    @property
    def interfaces(self) -> tuple[int, ...]:
        """What has to be claimed, in this order."""
        return (self.bulk,) if self.control is None else (self.control, self.bulk)


def the_one(wanted: Named, plugged: Sequence[Named]) -> int | None:
    """The index of the only device that is meant; None if there is none. Raises Several."""
    meant = [index for index, each in enumerate(plugged) if _is(wanted, each)]
    if len(meant) > 1:
        raise Several(wanted, tuple(_told_apart([plugged[index] for index in meant])))
    return meant[0] if meant else None


def _is(wanted: Named, device: Named) -> bool:
    return (
        (wanted.vendor, wanted.product) == (device.vendor, device.product)
        and wanted.serial in (None, device.serial)
        and wanted.port_path in (None, device.port_path)
    )


def _told_apart(devices: Sequence[Named]) -> Iterator[Named]:
    """By serial number, or by port where that is another one's too."""
    serials = Counter(each.serial for each in devices)
    for each in devices:
        own = each.serial is not None and serials[each.serial] == 1
        yield Named(
            each.vendor,
            each.product,
            each.serial if own else None,
            None if own else each.port_path,
        )


def function_of(configuration: "Configuration") -> Function | None:
    """Its first modem (CDC-ACM), else its first vendor-specific interface with a bulk pair."""
    interfaces = [each for each in configuration if each.bAlternateSetting == 0]
    for control in interfaces:
        if _is_modem(control):
            for data in _data_of(control, interfaces):
                return _function(control.bInterfaceNumber, data)
    for vendor in interfaces:
        if vendor.bInterfaceClass == VENDOR_CLASS and _bulk_pair(vendor) is not None:
            return _function(None, vendor)
    return None


def _is_modem(interface: "Interface") -> bool:
    kind = (interface.bInterfaceClass, interface.bInterfaceSubClass)
    return kind == COMMUNICATIONS and interface.bInterfaceProtocol != REMOTE_NDIS


def _data_of(control: "Interface", interfaces: Iterable["Interface"]) -> Iterator["Interface"]:
    """The modem's data interface: named by its union, or any where it has none."""
    members = _union(control.extra_descriptors)
    for each in interfaces:
        named = not members or each.bInterfaceNumber in members
        if each.bInterfaceClass == DATA_CLASS and named and _bulk_pair(each) is not None:
            yield each


def _union(descriptors: Sequence[int]) -> tuple[int, ...]:
    """The data interfaces of the union among an interface's own descriptors."""
    offset = 0
    while offset + 3 <= len(descriptors) and descriptors[offset] >= 3:
        end = offset + descriptors[offset]
        if tuple(descriptors[offset + 1 : offset + 3]) == UNION:
            return tuple(descriptors[offset + 4 : end])
        offset = end
    return ()


def _function(control: int | None, data: "Interface") -> Function:
    pair = _bulk_pair(data)
    assert pair is not None, data
    return Function(control, data.bInterfaceNumber, *pair)


def _bulk_pair(interface: "Interface") -> tuple[int, int] | None:
    """The addresses of its first bulk endpoint towards us and of its first away from us."""
    bulk = [
        each.bEndpointAddress for each in interface if each.bmAttributes & TRANSFER_TYPE == BULK
    ]
    inwards = [address for address in bulk if address & INWARDS]
    outwards = [address for address in bulk if not address & INWARDS]
    return (inwards[0], outwards[0]) if inwards and outwards else None
