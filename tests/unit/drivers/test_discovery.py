"""Where a device is, who is at an address, and what is plugged in and not registered (F4, F33)."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from pathlib import Path

import pytest
from msgspec.structs import replace

from posd_drivers import discovery
from posd_drivers.addresses import SerialAddress, TcpAddress, UsbAddress
from posd_drivers.plugged import events
from posd_drivers.plugged.seen import Hidden, SeenTty, SeenUsb, Sources
from posd_drivers.transport.line import Line
from tests.unit.drivers.plugged.seen import BY_ID, BY_PATH, bulk_terminal, lane5000

HOME = f"{BY_ID}/usb-Ingenico_Lane_5000_1234567-if00"
AT_ACM0 = SerialAddress("/dev/ttyACM0")
USB = UsbAddress(0x1209, 0x0001, "SIM0001")


def plugged(*ttys: SeenTty, usb: Sequence[SeenUsb] = ()) -> Sources:
    return Sources(lambda: ttys, lambda: usb)


def no_libusb() -> Sequence[SeenUsb]:
    raise Hidden("no libusb")


async def test_who_is_at_a_serial_port() -> None:
    sources = plugged(lane5000())
    assert await discovery.identity_of(AT_ACM0, sources=sources) == "0b00:0081/1234567"
    assert await discovery.identity_of(SerialAddress("/dev/ttyACM1"), sources=sources) is None
    assert await discovery.identity_of(AT_ACM0, sources=Sources(lambda: (), no_libusb)) is None


async def test_a_link_is_followed_to_whoever_is_behind_it_now(tmp_path: Path) -> None:
    link = tmp_path / "reader-1"
    link.symlink_to("/dev/ttyACM1")
    sources = plugged(lane5000(), lane5000("/dev/ttyACM1", "7654321", "1-4.3"))
    address = SerialAddress(str(link))
    assert await discovery.identity_of(address, sources=sources) == "0b00:0081/7654321"


async def test_who_is_at_a_usb_address_whatever_the_kernel_made_of_it() -> None:
    as_usb = SeenUsb(0x0B00, 0x0081, "1-4.2", (), "1234567")
    sources = plugged(lane5000(), usb=[as_usb])
    by_serial = UsbAddress(0x0B00, 0x0081, "1234567")
    by_port = UsbAddress(0x0B00, 0x0081, port_path="1-4.2")
    for address in (by_serial, by_port, UsbAddress(0x0B00, 0x0081)):
        assert await discovery.identity_of(address, sources=sources) == "0b00:0081/1234567"
    elsewhere = replace(by_port, port_path="1-4.3")
    assert await discovery.identity_of(elsewhere, sources=sources) is None


async def test_an_address_of_two_devices_is_of_none() -> None:
    sources = plugged(usb=[bulk_terminal("A"), bulk_terminal("B", "1-2")])
    assert await discovery.identity_of(UsbAddress(0x1209, 0x0001), sources=sources) is None


async def test_what_is_on_the_network_is_no_device() -> None:
    address = TcpAddress("10.0.0.7")
    assert await discovery.identity_of(address, sources=plugged(lane5000())) is None
    assert await discovery.moved(address, "0b00:0081/1234567", sources=plugged(lane5000())) is None


async def test_one_that_was_told_from_its_twin_stays_who_it_is_when_the_twin_leaves() -> None:
    twins = plugged(lane5000(), lane5000("/dev/ttyACM1", port_path="1-4.3"))
    known = await discovery.identity_of(AT_ACM0, sources=twins)
    assert known == "0b00:0081/@1-4.2"
    alone = plugged(lane5000())
    assert await discovery.identity_of(AT_ACM0, known=known, sources=alone) == known
    other = plugged(lane5000(port_path="1-4.3"))
    assert await discovery.identity_of(AT_ACM0, known=known, sources=other) != known


async def test_whoever_gets_a_twin_is_not_taken_for_it() -> None:
    twins = plugged(lane5000(), lane5000("/dev/ttyACM1", port_path="1-4.3"))
    known = "0b00:0081/1234567"
    assert await discovery.identity_of(AT_ACM0, known=known, sources=twins) != known
    assert await discovery.moved(AT_ACM0, known, sources=twins) is None


async def test_a_device_on_another_path_is_found_with_its_line() -> None:
    line = Line(baud=115200, format="8N1", dtr=True)
    address = SerialAddress("/dev/ttyACM0", line)
    sources = plugged(lane5000("/dev/ttyACM3", port_path="2-1"))
    found = await discovery.moved(address, "0b00:0081/1234567", sources=sources)
    assert found == SerialAddress(HOME, line)


async def test_a_device_that_is_known_by_its_port_is_found_there_alone() -> None:
    sources = plugged(lane5000("/dev/ttyACM3", serial=None))
    found = await discovery.moved(AT_ACM0, "0b00:0081/@1-4.2", sources=sources)
    assert found == SerialAddress(f"{BY_PATH}/pci-0000:00:14.0-usb-0:4.2:1.0")
    assert await discovery.moved(AT_ACM0, "0b00:0081/@1-4.3", sources=sources) is None


async def test_a_device_that_cannot_be_told_from_another_is_nowhere() -> None:
    alike = replace(lane5000(serial=None), location=None)
    sources = plugged(alike, replace(alike, path="/dev/ttyACM1"))
    assert await discovery.identity_of(AT_ACM0, sources=sources) == "0b00:0081"
    assert await discovery.moved(AT_ACM0, "0b00:0081", sources=sources) is None


async def test_a_usb_device_that_was_named_by_its_port_is_found_by_its_serial_number() -> None:
    address = UsbAddress(0x1209, 0x0001, port_path="1-1", line=Line(baud=19200))
    sources = plugged(usb=[bulk_terminal(port_path="1-2")])
    found = await discovery.moved(address, "1209:0001/SIM0001", sources=sources)
    assert found == replace(USB, line=Line(baud=19200))
    assert await discovery.moved(address, "1209:0001/SIM0002", sources=sources) is None


async def test_a_survey_leaves_out_what_is_registered(tmp_path: Path) -> None:
    link = tmp_path / "reader-1"
    link.symlink_to("/dev/ttyACM0")
    sources = plugged(
        lane5000(),
        lane5000("/dev/ttyACM1", "7654321", "1-4.3"),
        lane5000("/dev/ttyACM2", "1111111", "1-4.4"),
        SeenTty("/dev/ttyS0"),
        usb=[bulk_terminal()],
    )
    told = await discovery.survey(
        addresses=[SerialAddress(str(link)), USB, TcpAddress("10.0.0.7")],
        identities=["0b00:0081/7654321"],
        sources=sources,
    )
    assert [found.tty for found in told.plugged] == ["/dev/ttyACM2", "/dev/ttyS0"]
    assert [found.tty for found in await discovery.scan(sources=sources)] == [
        "/dev/ttyACM0",
        "/dev/ttyACM1",
        "/dev/ttyACM2",
        "/dev/ttyS0",
        None,
    ]


async def test_a_survey_says_where_it_could_not_look() -> None:
    told = await discovery.survey(sources=Sources(lambda: [lane5000()], no_libusb))
    assert ([found.tty for found in told.plugged], told.hidden) == (
        ["/dev/ttyACM0"],
        ("no libusb",),
    )


@pytest.mark.parametrize("error", [ImportError("No library named udev"), OSError(97, "no netlink")])
async def test_where_udev_cannot_be_heard_somebody_looks(
    error: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def open_monitor() -> None:
        raise error

    monkeypatch.setattr(events, "open_monitor", open_monitor)
    monkeypatch.setattr(events, "LOOK_S", 0.01)
    ttys: list[SeenTty] = []
    caplog.set_level(logging.INFO)
    sources = Sources(lambda: tuple(ttys), tuple)
    async with aclosing(discovery.watch(sources=sources)) as changes, asyncio.TaskGroup() as group:
        seen = group.create_task(_one(changes), name="change")
        await asyncio.sleep(0.05)
        ttys.append(lane5000())
        async with asyncio.timeout(5):
            await seen
    assert "no word of udev" in caplog.text


async def _one(changes: AsyncGenerator[None]) -> None:
    await anext(changes)
