"""USB/IP as a host writes it, by hand from the kernel's document, for tests of the other side."""

import asyncio
import contextlib
from dataclasses import dataclass

DEVLIST = "0111 8005 0000 0000"
IMPORT_1_1 = "0111 8003 0000 0000" + b"1-1".ljust(32, b"\0").hex()
DEVID_1_1 = 0x0001_0001
OUT, IN = 0, 1


def submit(
    seqnum: int,
    direction: int,
    endpoint: int,
    length: int,
    *,
    setup: str = "00" * 8,
    octets: str = "",
    devid: int = DEVID_1_1,
    packets: int = 0,
) -> str:
    basic = f"00000001 {seqnum:08x} {devid:08x} {direction:08x} {endpoint:08x}"
    rest = f"00000000 {length:08x} 00000000 {packets & 0xFFFFFFFF:08x} 00000000"
    return f"{basic} {rest} {setup} {octets}"


def request(seqnum: int, setup: str, *, octets: str = "") -> str:
    """A control transfer: its direction and length stand in `setup`."""
    packet = bytes.fromhex(setup)
    direction, length = packet[0] >> 7, int.from_bytes(packet[6:], "little")
    return submit(seqnum, direction, 0, length, setup=setup, octets=octets)


def unlink(seqnum: int, victim: int, devid: int = DEVID_1_1) -> str:
    return f"00000002 {seqnum:08x} {devid:08x} 00000000 00000000 {victim:08x}" + "00" * 24


def returned(seqnum: int, status: int, actual_length: int, octets: str = "") -> str:
    """RET_SUBMIT as it must come."""
    basic = f"00000003 {seqnum:08x} 00000000 00000000 00000000"
    rest = f"{status & 0xFFFFFFFF:08x} {actual_length:08x} 00000000 00000000 00000000"
    return f"{basic} {rest} 0000000000000000 {octets}"


def unlinked(seqnum: int, status: int) -> str:
    """RET_UNLINK as it must come."""
    basic = f"00000004 {seqnum:08x} 00000000 00000000 00000000"
    return f"{basic} {status & 0xFFFFFFFF:08x}" + "00" * 24


CONFIGURE = "00 09 01 00 00 00 00 00"


@dataclass
class Host:
    """One connection to a server."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def say(self, *messages: str) -> None:
        self.writer.write(bytes.fromhex("".join(messages)))
        await self.writer.drain()

    async def hear(self, expected: str) -> None:
        """Exactly these octets come next."""
        octets = bytes.fromhex(expected)
        assert (await self.reader.readexactly(len(octets))).hex() == octets.hex()

    async def take(self, count: int) -> bytes:
        return await self.reader.readexactly(count)

    async def imports(self) -> bytes:
        """Import 1-1 and set its configuration; the device record."""
        await self.say(IMPORT_1_1)
        await self.hear("0111 0003 0000 0000")
        record = await self.take(312)
        await self.say(request(1, CONFIGURE))
        await self.hear(returned(1, 0, 0))
        return record

    async def is_closed(self) -> bool:
        """Whether nothing comes any more."""
        try:
            return await self.reader.read() == b""
        except ConnectionResetError:
            return True

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionResetError):
            await self.writer.wait_closed()


async def dial(port: int) -> Host:
    return Host(*await asyncio.open_connection("127.0.0.1", port))
