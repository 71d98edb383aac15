"""The terminal's end of the cable."""

import asyncio
from collections.abc import Awaitable
from itertools import count

import pytest

from posd_drivers.errors import DeviceGone
from posd_drivers.transport.base import READ_BYTES_MAX
from posd_simulator.usbip.device import BulkDevice, CdcAcmDevice
from posd_simulator.usbip.layouts import Direction
from posd_simulator.usbip.line import PACED_OCTETS_MAX, UsbLine
from posd_simulator.usbip.wire import CmdSubmit, RetSubmit
from tests.unit.simulator.usbip.test_device import Bench

OCTET_AT_9600_S = 11 / 9600


async def seconds(work: Awaitable[object]) -> float:
    clock = asyncio.get_running_loop().time
    began = clock()
    await work
    return clock() - began


async def test_a_modem_carries_octets_at_the_rate_of_its_line_both_ways() -> None:
    device = CdcAcmDevice()
    bench = Bench(device)
    line = UsbLine(device)
    bench.submits(Direction.OUT, 2, 20, bytes(20))
    assert await seconds(line.read()) >= 20 * OCTET_AT_9600_S
    assert await seconds(line.write(bytes(20))) >= 20 * OCTET_AT_9600_S
    bench.submits(Direction.IN, 2, 64)
    first = bench.answers[-1]
    assert isinstance(first, RetSubmit)
    assert first.octets == bytes(PACED_OCTETS_MAX), "they come little by little"
    bench.asks("21 20 00 00 00 00 07 00", bytes.fromhex("00 c2 01 00 02 00 08"))
    assert await seconds(line.write(bytes(200))) < 200 * OCTET_AT_9600_S


async def test_bulk_pipes_carry_them_at_once() -> None:
    device = BulkDevice()
    bench = Bench(device)
    line = UsbLine(device)
    bench.submits(Direction.OUT, 2, 4096, bytes(4096))
    async with asyncio.timeout(READ_BYTES_MAX * OCTET_AT_9600_S / 2):
        assert await line.read() == bytes(READ_BYTES_MAX)
        await line.write(b"answer")
    seqnum = bench.submits(Direction.IN, 2, 64)
    assert [answer.seqnum for answer in bench.answers][-1] == seqnum


async def test_a_read_takes_no_more_than_a_transport_may() -> None:
    device = BulkDevice()
    bench = Bench(device)
    line = UsbLine(device)
    bench.submits(Direction.OUT, 2, 5000, bytes(5000))
    assert len(await line.read()) == READ_BYTES_MAX
    assert len(await line.read()) == 5000 - READ_BYTES_MAX


async def test_what_has_arrived_can_be_discarded() -> None:
    device = BulkDevice()
    line = UsbLine(device)
    numbers = count(2)
    Bench(device).submits(Direction.OUT, 2, 5000, bytes(5000))
    line.discard_input()
    device.submit(CmdSubmit(next(numbers), 1, Direction.OUT, 2, 3, octets=b"new"))
    assert await line.read() == b"new"


async def test_closing_it_pulls_the_cable_once_and_wakes_who_reads() -> None:
    pulled: list[str] = []
    device = BulkDevice()
    line = UsbLine(device, lambda: pulled.append("out"))
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(gone(line))
        await asyncio.sleep(0)
        await line.close()
        await line.close()
    assert reading.result() == "closed"
    assert pulled == ["out"]
    await line.write(b"nobody hears it")
    assert device.lost == 0
    seqnum = Bench(device).submits(Direction.IN, 2, 64)
    assert seqnum
    assert device.waiting() == 1


async def gone(line: UsbLine) -> str:
    with pytest.raises(DeviceGone) as error:
        await line.read()
    return str(error.value)
