"""The messages of USB/IP, both ways: what a client says and what a server answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from posd_drivers.errors import Malformed
from posd_simulator.usbip.layouts import (
    BUS_ID,
    CMD_SUBMIT,
    CMD_UNLINK,
    COUNT,
    DEVICE,
    INTERFACE,
    NO_SETUP,
    OPERATION,
    PATH_BYTES,
    RET_SUBMIT,
    RET_UNLINK,
    URB_BYTES_MAX,
    VERSION,
    Code,
    Command,
    Direction,
)


@dataclass(frozen=True, slots=True)
class DeviceRecord:
    """What the device list and the answer to an import say of a device.

    Attributes:
        path: Where the exporting host has it; for people.
        bus_id: Its name in an import: bus, port, and the ports of the hubs between: `1-4.2`.
        busnum: The number of its bus.
        devnum: Its address there, another one each time it is plugged in.
        speed: One of `Speed`.
        vendor: idVendor.
        product: idProduct.
        release: bcdDevice.
        class_triple: Class, subclass and protocol of the device; 0, 0, 0: its interfaces tell.
        configuration: The configuration that is set; 0: none.
        interfaces: Class, subclass and protocol of each interface.
    """

    path: str
    bus_id: str
    busnum: int
    devnum: int
    speed: int
    vendor: int
    product: int
    release: int
    class_triple: tuple[int, int, int]
    configuration: int
    interfaces: tuple[tuple[int, int, int], ...] = ()

    @property
    def devid(self) -> int:
        """Names the device in every header."""
        return self.busnum << 16 | self.devnum

    def encode(self) -> bytes:
        """The 312 octets, without the interfaces."""
        device_class, subclass, protocol = self.class_triple
        return DEVICE.pack(
            path=self.path.encode(),
            bus_id=self.bus_id.encode(),
            busnum=self.busnum,
            devnum=self.devnum,
            speed=self.speed,
            vendor=self.vendor,
            product=self.product,
            release=self.release,
            device_class=device_class,
            subclass=subclass,
            protocol=protocol,
            configuration=self.configuration,
            configurations=1,
            interfaces=len(self.interfaces),
        )


@dataclass(frozen=True, slots=True)
class ReqDevlist:
    """Which devices are there?"""

    def encode(self) -> bytes:
        """The 8 octets."""
        return OPERATION.pack(version=VERSION, code=Code.REQ_DEVLIST)


@dataclass(frozen=True, slots=True)
class ReqImport:
    """This device is mine from now on."""

    bus_id: str

    def encode(self) -> bytes:
        """The 40 octets."""
        operation = OPERATION.pack(version=VERSION, code=Code.REQ_IMPORT)
        return operation + BUS_ID.pack(bus_id=self.bus_id.encode())


@dataclass(frozen=True, slots=True)
class CmdSubmit:
    """One transfer (URB).

    Attributes:
        seqnum: Its number on this connection.
        devid: Of the device that was imported.
        direction: Of the data.
        endpoint: Its number, 0 to 15.
        length: How many octets the host sends or has room for.
        setup: For endpoint 0 only.
        octets: What it sends, OUT.
        packets: Of an isochronous transfer; 0 or -1 of any other.
    """

    seqnum: int
    devid: int
    direction: Direction
    endpoint: int
    length: int
    setup: bytes = NO_SETUP
    octets: bytes = b""
    packets: int = 0

    @property
    def address(self) -> int:
        """The endpoint's address as descriptors have it: bit 7 is IN."""
        return self.endpoint | (0x80 if self.direction is Direction.IN else 0)

    def encode(self) -> bytes:
        """The header, and what is sent."""
        return (
            CMD_SUBMIT.pack(
                command=Command.SUBMIT,
                seqnum=self.seqnum,
                devid=self.devid,
                direction=self.direction,
                endpoint=self.endpoint,
                length=self.length,
                packets=self.packets,
                setup=self.setup,
            )
            + self.octets
        )


@dataclass(frozen=True, slots=True)
class CmdUnlink:
    """The host gives up the transfer with the number `victim`."""

    seqnum: int
    devid: int
    victim: int

    def encode(self) -> bytes:
        """The header."""
        return CMD_UNLINK.pack(
            command=Command.UNLINK,
            seqnum=self.seqnum,
            devid=self.devid,
            victim=self.victim,
        )


@dataclass(frozen=True, slots=True)
class RetSubmit:
    """What became of a transfer.

    Attributes:
        seqnum: The transfer's.
        status: 0, or an errno with a minus.
        actual_length: How many octets were taken or are sent.
        octets: What is sent, IN. The host alone knows whether any follow: it remembers directions.
        packets: As the host said it.
    """

    seqnum: int
    status: int
    actual_length: int
    octets: bytes = b""
    packets: int = 0

    def encode(self) -> bytes:
        """The header, and what is sent."""
        return (
            RET_SUBMIT.pack(
                command=Command.RET_SUBMIT,
                seqnum=self.seqnum,
                status=self.status,
                actual_length=self.actual_length,
                packets=self.packets,
            )
            + self.octets
        )


@dataclass(frozen=True, slots=True)
class RetUnlink:
    """-104: the transfer was pending and gets no answer of its own; 0: it had got one."""

    seqnum: int
    status: int

    def encode(self) -> bytes:
        """The header."""
        return RET_UNLINK.pack(
            command=Command.RET_UNLINK,
            seqnum=self.seqnum,
            status=self.status,
        )


Request: TypeAlias = ReqDevlist | ReqImport | CmdSubmit | CmdUnlink
Answer: TypeAlias = RetSubmit | RetUnlink


def encode_devlist(records: Sequence[DeviceRecord]) -> bytes:
    """The answer to a `ReqDevlist`."""
    octets = OPERATION.pack(version=VERSION, code=Code.REP_DEVLIST)
    octets += COUNT.pack(devices=len(records))
    for record in records:
        octets += record.encode()
        for interface_class, subclass, protocol in record.interfaces:
            octets += INTERFACE.pack(
                interface_class=interface_class, subclass=subclass, protocol=protocol
            )
    return octets


def encode_import(record: DeviceRecord | None) -> bytes:
    """The answer to a `ReqImport`; None refuses."""
    if record is None:
        return OPERATION.pack(version=VERSION, code=Code.REP_IMPORT, status=1)
    return OPERATION.pack(version=VERSION, code=Code.REP_IMPORT) + record.encode()


def decode_operation(octets: bytes, expected: Code) -> int:
    """The status of an answer. Raises Malformed if it is not the expected one."""
    operation = OPERATION.unpack(octets)
    if operation["version"] != VERSION:
        raise Malformed("version", 0)
    if operation["code"] != expected:
        raise Malformed("operation code", 2)
    return int(operation["status"])


def decode_record(octets: bytes) -> tuple[DeviceRecord, int]:
    """A device of 312 octets, and how many interfaces follow where it stands in a list."""
    row = DEVICE.unpack(octets)
    record = DeviceRecord(
        path=decode_text(row["path"], 0),
        bus_id=decode_text(row["bus_id"], PATH_BYTES),
        busnum=row["busnum"],
        devnum=row["devnum"],
        speed=row["speed"],
        vendor=row["vendor"],
        product=row["product"],
        release=row["release"],
        class_triple=(row["device_class"], row["subclass"], row["protocol"]),
        configuration=row["configuration"],
    )
    return record, row["interfaces"]


def decode_answer(octets: bytes) -> Answer:
    """The 48 octets of a header of the server. Raises Malformed."""
    command = int.from_bytes(octets[:4], "big")
    if command == Command.RET_SUBMIT:
        row = RET_SUBMIT.unpack(octets)
        if not 0 <= row["actual_length"] <= URB_BYTES_MAX:
            raise Malformed("actual length", 24)
        return RetSubmit(row["seqnum"], row["status"], row["actual_length"], packets=row["packets"])
    if command == Command.RET_UNLINK:
        row = RET_UNLINK.unpack(octets)
        return RetUnlink(row["seqnum"], row["status"])
    raise Malformed("command", 0)


def decode_text(octets: bytes, offset: int) -> str:
    """A string closed with a zero octet. Raises Malformed."""
    try:
        return octets.partition(b"\0")[0].decode("ascii")
    except UnicodeDecodeError as error:
        raise Malformed("string", offset + error.start) from error
