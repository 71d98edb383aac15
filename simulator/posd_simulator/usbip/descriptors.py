"""What a USB device says of itself (USB 2.0, chapter 9; CDC 1.2 and PSTN 1.2 for modems)."""

from dataclasses import dataclass
from enum import IntEnum

from posd_simulator.usbip.layouts import Layout, Speed

ENGLISH_US = 0x0409
MAX_POWER_2_MA = 50
SELF_POWERED = 0xC0
PACKET_BYTES_CONTROL = 64
USB_2_0 = 0x0200

SETUP = Layout(
    ("bmRequestType", "B"),
    ("bRequest", "B"),
    ("wValue", "H"),
    ("wIndex", "H"),
    ("wLength", "H"),
    order="<",
)
DEVICE = Layout(
    ("bLength", "B"),
    ("bDescriptorType", "B"),
    ("bcdUSB", "H"),
    ("bDeviceClass", "B"),
    ("bDeviceSubClass", "B"),
    ("bDeviceProtocol", "B"),
    ("bMaxPacketSize0", "B"),
    ("idVendor", "H"),
    ("idProduct", "H"),
    ("bcdDevice", "H"),
    ("iManufacturer", "B"),
    ("iProduct", "B"),
    ("iSerialNumber", "B"),
    ("bNumConfigurations", "B"),
    order="<",
)
CONFIGURATION = Layout(
    ("bLength", "B"),
    ("bDescriptorType", "B"),
    ("wTotalLength", "H"),
    ("bNumInterfaces", "B"),
    ("bConfigurationValue", "B"),
    ("iConfiguration", "B"),
    ("bmAttributes", "B"),
    ("bMaxPower", "B"),
    order="<",
)
INTERFACE = Layout(
    ("bLength", "B"),
    ("bDescriptorType", "B"),
    ("bInterfaceNumber", "B"),
    ("bAlternateSetting", "B"),
    ("bNumEndpoints", "B"),
    ("bInterfaceClass", "B"),
    ("bInterfaceSubClass", "B"),
    ("bInterfaceProtocol", "B"),
    ("iInterface", "B"),
    order="<",
)
ENDPOINT = Layout(
    ("bLength", "B"),
    ("bDescriptorType", "B"),
    ("bEndpointAddress", "B"),
    ("bmAttributes", "B"),
    ("wMaxPacketSize", "H"),
    ("bInterval", "B"),
    order="<",
)


class Kind(IntEnum):
    """bDescriptorType."""

    DEVICE = 1
    CONFIGURATION = 2
    STRING = 3
    INTERFACE = 4
    ENDPOINT = 5


class Transfers(IntEnum):
    """bmAttributes of an endpoint."""

    BULK = 2
    INTERRUPT = 3


@dataclass(frozen=True, slots=True)
class Identity:
    """Which device it is.

    Attributes:
        serial: Its serial number, or None: many have none, and some all the same one.
        release: bcdDevice.
    """

    vendor: int = 0x1209
    product: int = 0x0001
    serial: str | None = "SIM0001"
    manufacturer: str = "posd"
    product_name: str = "Simulated card terminal"
    release: int = 0x0100

    @property
    def strings(self) -> tuple[str, ...]:
        """By their index, from 1."""
        named = (self.manufacturer, self.product_name)
        return named if self.serial is None else (*named, self.serial)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One pipe. Bit 7 of its address: towards the host."""

    address: int
    transfers: Transfers
    packet_bytes: int
    interval: int = 0

    def encode(self) -> bytes:
        """Its descriptor."""
        return ENDPOINT.pack(
            bLength=ENDPOINT.size,
            bDescriptorType=Kind.ENDPOINT,
            bEndpointAddress=self.address,
            bmAttributes=self.transfers,
            wMaxPacketSize=self.packet_bytes,
            bInterval=self.interval,
        )


@dataclass(frozen=True, slots=True)
class Interface:
    """One function, or part of one.

    Attributes:
        class_triple: Class, subclass and protocol.
        extra: Descriptors of its class, as octets.
    """

    number: int
    class_triple: tuple[int, int, int]
    endpoints: tuple[Endpoint, ...]
    extra: bytes = b""
    alternate: int = 0

    def encode(self) -> bytes:
        """Its descriptor, with those of its class and its endpoints."""
        interface_class, subclass, protocol = self.class_triple
        own = INTERFACE.pack(
            bLength=INTERFACE.size,
            bDescriptorType=Kind.INTERFACE,
            bInterfaceNumber=self.number,
            bAlternateSetting=self.alternate,
            bNumEndpoints=len(self.endpoints),
            bInterfaceClass=interface_class,
            bInterfaceSubClass=subclass,
            bInterfaceProtocol=protocol,
        )
        return own + self.extra + b"".join(endpoint.encode() for endpoint in self.endpoints)


@dataclass(frozen=True, slots=True)
class Description:
    """All that a device says of itself. It has one configuration, with the value 1.

    Attributes:
        class_triple: Of the device; 0, 0, 0: its interfaces tell.
    """

    identity: Identity
    interfaces: tuple[Interface, ...]
    class_triple: tuple[int, int, int] = (0, 0, 0)
    speed: Speed = Speed.FULL

    def alternates(self, number: int) -> tuple[int, ...]:
        """The alternate settings of an interface; none: there is no such interface."""
        return tuple(it.alternate for it in self.interfaces if it.number == number)

    def descriptor(self, kind: int, index: int) -> bytes | None:
        """A descriptor whole, or None if there is no such one."""
        match kind:
            case Kind.DEVICE:
                return self._device()
            case Kind.CONFIGURATION if index == 0:
                return self._configuration()
            case Kind.STRING if index == 0:
                return encode_string(ENGLISH_US.to_bytes(2, "little"))
            case Kind.STRING if index <= len(self.identity.strings):
                return encode_string(self.identity.strings[index - 1].encode("utf-16-le"))
            case _:
                return None

    def _device(self) -> bytes:
        device_class, subclass, protocol = self.class_triple
        return DEVICE.pack(
            bLength=DEVICE.size,
            bDescriptorType=Kind.DEVICE,
            bcdUSB=USB_2_0,
            bDeviceClass=device_class,
            bDeviceSubClass=subclass,
            bDeviceProtocol=protocol,
            bMaxPacketSize0=PACKET_BYTES_CONTROL,
            idVendor=self.identity.vendor,
            idProduct=self.identity.product,
            bcdDevice=self.identity.release,
            iManufacturer=1,
            iProduct=2,
            iSerialNumber=0 if self.identity.serial is None else 3,
            bNumConfigurations=1,
        )

    def _configuration(self) -> bytes:
        body = b"".join(interface.encode() for interface in self.interfaces)
        return (
            CONFIGURATION.pack(
                bLength=CONFIGURATION.size,
                bDescriptorType=Kind.CONFIGURATION,
                wTotalLength=CONFIGURATION.size + len(body),
                bNumInterfaces=len({interface.number for interface in self.interfaces}),
                bConfigurationValue=1,
                bmAttributes=SELF_POWERED,
                bMaxPower=MAX_POWER_2_MA,
            )
            + body
        )


def encode_string(octets: bytes) -> bytes:
    """A string descriptor: UTF-16, or for index 0 the languages."""
    return bytes([2 + len(octets), Kind.STRING]) + octets


COMMUNICATIONS = (2, 2, 1)
"""Class CDC, abstract control model, AT commands."""
CDC_DATA = (10, 0, 0)
VENDOR = (0xFF, 0, 0)
ACM_FUNCTIONS = bytes.fromhex(
    "05 24 00 10 01"  # header: CDC 1.1
    "05 24 01 00 01"  # call management: none, data interface 1
    "04 24 02 06"  # ACM: line coding, serial state, break
    "05 24 06 00 01"  # union of interfaces 0 and 1
)
INTERRUPT_IN, BULK_OUT, BULK_IN = 0x81, 0x02, 0x82
PACKET_BYTES_BULK = 64
PACKET_BYTES_INTERRUPT = 16
INTERRUPT_MS = 10
_BULK_PAIR = (
    Endpoint(BULK_OUT, Transfers.BULK, PACKET_BYTES_BULK),
    Endpoint(BULK_IN, Transfers.BULK, PACKET_BYTES_BULK),
)
ACM = (
    Interface(
        0,
        COMMUNICATIONS,
        (Endpoint(INTERRUPT_IN, Transfers.INTERRUPT, PACKET_BYTES_INTERRUPT, INTERRUPT_MS),),
        ACM_FUNCTIONS,
    ),
    Interface(1, CDC_DATA, _BULK_PAIR),
)
"""A modem, as cdc_acm knows it: interfaces 0 and 1."""
VENDOR_BULK = (Interface(0, VENDOR, _BULK_PAIR),)
"""A pair of bulk pipes that no class driver takes."""
