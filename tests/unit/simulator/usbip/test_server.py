"""The server as a host meets it: a real socket, octets typed by hand."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest

from posd_simulator.usbip.device import BulkDevice, CdcAcmDevice, UsbDevice
from posd_simulator.usbip.server import UsbIpServer
from tests.unit.simulator.terminal.test_terminal import until
from tests.unit.simulator.usbip.wires import (
    CONFIGURE,
    DEVLIST,
    IMPORT_1_1,
    IN,
    OUT,
    Host,
    dial,
    request,
    returned,
    submit,
    unlink,
    unlinked,
)

REFUSED = "0111 0003 0000 0001"
PARKED_BY_CDC_ACM = 16


@contextlib.asynccontextmanager
async def attached(device: UsbDevice) -> AsyncIterator[tuple[UsbIpServer, Host]]:
    """A server with this device at 1-1, and a host that has it."""
    async with UsbIpServer({"1-1": device}) as server:
        host = await dial(server.port)
        await host.imports()
        yield server, host
        await host.close()


async def test_the_device_list_tells_all_that_is_plugged_in() -> None:
    async with UsbIpServer({"1-1": CdcAcmDevice(), "1-4.2": BulkDevice()}) as server:
        host = await dial(server.port)
        await host.say(DEVLIST)
        await host.hear("0111 0005 0000 0000 0000 0002")
        first = await host.take(312 + 2 * 4)
        second = await host.take(312 + 4)
        assert await host.is_closed()
        await host.close()
    assert first[256:260] == b"1-1\0"
    assert (
        first[288:].hex(" ", -4)
        == "00000001 00000001 00000002 12090001 01000200 00000102 02020100 0a000000"
    )
    assert second[256:262] == b"1-4.2\0"
    assert second[312:] == b"\xff\x00\x00\x00"


async def test_an_import_answers_the_record_and_no_interfaces() -> None:
    async with attached(CdcAcmDevice()) as (_, host):
        await host.say(request(2, "80 06 00 01 00 00 12 00"))
        await host.hear(returned(2, 0, 18, "12 01 00 02 02 00 00 40 09 12 01 00 00 01 01 02 03 01"))


async def test_a_second_import_is_refused_and_the_first_goes_on() -> None:
    async with attached(CdcAcmDevice()) as (server, host):
        other = await dial(server.port)
        await other.say(IMPORT_1_1)
        await other.hear(REFUSED)
        assert await other.is_closed()
        await other.close()
        await host.say(request(2, "80 08 00 00 00 00 01 00"))
        await host.hear(returned(2, 0, 1, "01"))


async def test_what_is_not_there_cannot_be_imported() -> None:
    async with UsbIpServer({}) as server:
        host = await dial(server.port)
        await host.say(IMPORT_1_1)
        await host.hear(REFUSED)
        await host.close()


async def test_it_can_be_imported_again_after_its_host_left() -> None:
    async with attached(CdcAcmDevice()) as (server, host):
        await host.close()
        await until(lambda: not server.is_held("1-1"))
        again = await dial(server.port)
        await again.say(IMPORT_1_1)
        await again.hear("0111 0003 0000 0000")
        await again.take(312)
        await again.say(request(2, "80 08 00 00 00 00 01 00"))
        await again.hear(returned(2, 0, 1, "00"))
        await again.close()


async def test_an_answer_waits_for_no_acknowledgement_of_the_one_before() -> None:
    async with attached(BulkDevice()) as (server, _):
        (connection,) = server._connections
        assert connection._transport is not None
        served = connection._transport.get_extra_info("socket")
        assert served.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_octet_by_octet_is_the_same() -> None:
    async with UsbIpServer({"1-1": BulkDevice()}) as server:
        host = await dial(server.port)
        device = bytes.fromhex(
            IMPORT_1_1 + request(1, CONFIGURE) + request(2, "80 08" + "00" * 4 + "01 00")
        )
        for octet in device:
            host.writer.write(bytes([octet]))
            await asyncio.sleep(0)
        await host.hear("0111 0003 0000 0000")
        await host.take(312)
        await host.hear(returned(1, 0, 0) + returned(2, 0, 1, "01"))
        await host.close()


async def test_reads_wait_in_order_and_each_gets_its_octets() -> None:
    device = CdcAcmDevice()
    async with attached(device) as (_, host):
        await host.say(*(submit(10 + n, IN, 2, 64) for n in range(PARKED_BY_CDC_ACM)))
        await host.say(submit(50, IN, 1, 16))
        await until(lambda: device.waiting() == PARKED_BY_CDC_ACM + 1)
        device.send(b"one")
        device.send(b"two")
        await host.hear(returned(10, 0, 3, "6f6e65") + returned(11, 0, 3, "74776f"))
        await host.say(request(60, "21 22 01 00 00 00 00 00"))
        await host.hear(returned(50, 0, 10, "a1 20 0000 0000 0200 0300") + returned(60, 0, 0))
        assert device.waiting() == PARKED_BY_CDC_ACM - 2


async def test_what_the_host_sends_waits_while_the_terminal_takes_nothing() -> None:
    device = BulkDevice()
    async with attached(device) as (_, host):
        await host.say(submit(2, OUT, 2, 4096, octets="55" * 4096))
        await host.hear(returned(2, 0, 4096))
        await host.say(submit(3, OUT, 2, 1, octets="66"), submit(4, OUT, 2, 1, octets="77"))
        await until(lambda: device.waiting() == 2)
        assert device.take(8000) == b"\x55" * 4096
        await host.hear(returned(3, 0, 1) + returned(4, 0, 1))
        assert device.take(8000) == b"\x66\x77"


async def test_an_unlinked_transfer_gets_no_answer_of_its_own() -> None:
    device = BulkDevice()
    async with attached(device) as (_, host):
        await host.say(submit(2, IN, 2, 64), submit(3, IN, 2, 64), unlink(4, 2))
        await host.hear(unlinked(4, -104))
        device.send(b"x")
        await host.hear(returned(3, 0, 1, "78"))


async def test_an_unlink_that_comes_too_late_says_so() -> None:
    device = BulkDevice()
    async with attached(device) as (_, host):
        await host.say(submit(2, IN, 2, 64))
        await until(lambda: device.waiting() == 1)
        device.send(b"x")
        await host.say(unlink(3, 2), unlink(4, 99))
        await host.hear(returned(2, 0, 1, "78") + unlinked(3, 0) + unlinked(4, 0))


async def test_unplugged_in_a_parked_read() -> None:
    device = BulkDevice()
    async with attached(device) as (server, host):
        await host.say(submit(2, IN, 2, 64))
        await until(lambda: device.waiting() == 1)
        server.unplug("1-1")
        assert await host.is_closed()
        assert device.waiting() == 0
        other = await dial(server.port)
        await other.say(DEVLIST)
        await other.hear("0111 0005 0000 0000 0000 0000")
        await other.close()


async def test_plugged_in_again_it_is_empty_and_has_another_number() -> None:
    device = BulkDevice()
    async with UsbIpServer({"1-1": device}) as server:
        device.send(b"stale")
        server.unplug("1-1")
        server.plug("1-1")
        host = await dial(server.port)
        await host.say(IMPORT_1_1)
        record = (await host.take(8 + 312))[8:]
        assert record[288:296].hex() == "0000000100000002"
        await host.say(submit(1, OUT, 0, 0, setup=CONFIGURE, devid=0x10002))
        await host.hear(returned(1, 0, 0))
        await host.say(submit(2, IN, 2, 64, devid=0x10002))
        await until(lambda: device.waiting() == 1)
        await host.close()


async def test_another_device_in_the_same_port() -> None:
    async with attached(BulkDevice()) as (server, host):
        server.plug("1-1", CdcAcmDevice())
        assert await host.is_closed()
        other = await dial(server.port)
        await other.say(DEVLIST)
        listed = await other.take(12 + 312 + 8)
        assert listed[12 + 312 :] == b"\x02\x02\x01\x00\x0a\x00\x00\x00"
        await other.close()


def test_a_port_that_never_was_cannot_be_plugged_in_again() -> None:
    server = UsbIpServer({})
    server.unplug("1-9")
    with pytest.raises(KeyError):
        server.plug("1-9")


@pytest.mark.parametrize(
    "nonsense",
    [
        "00" * 48,
        submit(9, IN, 2, 64, devid=0x10009),
        submit(9, IN, 2, 64, packets=4),
        submit(9, OUT, 2, 0x7FFFFFFF),
        "".join(submit(100 + n, IN, 2, 64) for n in range(65)),
    ],
)
async def test_nonsense_ends_its_connection_and_nothing_else(nonsense: str) -> None:
    async with UsbIpServer({"1-1": BulkDevice(), "1-2": BulkDevice()}) as server:
        bad, good = await dial(server.port), await dial(server.port)
        await bad.imports()
        await good.say("0111 8003 0000 0000" + b"1-2".ljust(32, b"\0").hex())
        await good.take(8 + 312)
        await bad.say(nonsense)
        assert await bad.is_closed()
        await good.say(submit(1, IN, 0, 1, setup="80 08 00 00 00 00 01 00", devid=0x10002))
        await good.hear(returned(1, 0, 1, "00"))
        again = await dial(server.port)
        await again.imports()
        for host in (bad, good, again):
            await host.close()


async def test_a_host_that_does_not_read_is_not_listened_to() -> None:
    device = BulkDevice()
    async with attached(device) as (server, host):
        (connection,) = server._connections
        connection.pause_writing()
        await host.say(submit(2, IN, 2, 64))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(until(lambda: device.waiting() == 1), 0.05)
        connection.resume_writing()
        await until(lambda: device.waiting() == 1)
