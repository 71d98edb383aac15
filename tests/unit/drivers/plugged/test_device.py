"""Which of what is plugged in may be a terminal, who it is, and its URL (F33)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from posd_drivers.catalogue import SerialAddress, parse_url
from posd_drivers.plugged.device import Plugged, assemble, past_the_kernel
from posd_drivers.plugged.seen import SeenTty, SeenUsb
from tests.unit.drivers.plugged.seen import (
    BY_ID,
    BY_PATH,
    CDC,
    KEYBOARD,
    VENDOR_BULK,
    adapter,
    bulk_terminal,
    lane5000,
)


def test_a_serial_port_is_named_by_the_link_that_stays() -> None:
    (found,) = assemble([lane5000()])
    assert found == Plugged(
        vendor=0x0B00,
        product=0x0081,
        maker="Ingenico",
        serial="1234567",
        port_path="1-4.2",
        manufacturer="Ingenico",
        product_name="Lane 5000",
        tty="/dev/ttyACM0",
        url="zvt+serial:///dev/serial/by-id/usb-Ingenico_Lane_5000_1234567-if00",
        identity="0b00:0081/1234567",
        by_port="0b00:0081/@1-4.2",
    )


def test_twins_are_told_apart_by_their_ports() -> None:
    twins = [lane5000(), lane5000("/dev/ttyACM1", port_path="1-4.3")]
    assert [(found.url, found.identity) for found in assemble(twins)] == [
        (f"zvt+serial://{BY_PATH}/pci-0000:00:14.0-usb-0:4.2:1.0", "0b00:0081/@1-4.2"),
        (f"zvt+serial://{BY_PATH}/pci-0000:00:14.0-usb-0:4.3:1.0", "0b00:0081/@1-4.3"),
    ]


def test_a_twin_without_a_serial_port_takes_no_ports_name_away() -> None:
    twin = SeenUsb(0x0B00, 0x0081, "1-4.3", VENDOR_BULK, "1234567")
    assert [found.identity for found in assemble([lane5000()], [twin])] == [
        "0b00:0081/1234567",
        "0b00:0081/@1-4.3",
    ]


def test_the_same_number_of_another_model_is_no_twin() -> None:
    other = replace(lane5000("/dev/ttyACM1", port_path="1-4.3"), product=0x0080)
    assert [found.identity for found in assemble([lane5000(), other])] == [
        "0b00:0081/1234567",
        "0b00:0080/1234567",
    ]


def test_what_has_no_serial_number_is_named_by_its_port() -> None:
    (found,) = assemble([replace(adapter(0, serial=None), by_id=f"{BY_ID}/usb-1a86_USB_Serial")])
    assert found.identity == "0403:6001/@1-3"
    assert found.url == f"zvt+serial://{BY_PATH}/pci-0000:00:14.0-usb-0:3:1.0-port0"


def test_each_port_of_an_adapter_with_four_is_its_own() -> None:
    found = assemble([adapter(number, interfaces=4) for number in range(4)])
    assert [each.identity for each in found] == [
        f"0403:6011/FT6S4DSP:1.{number}" for number in range(4)
    ]
    assert len({each.by_port for each in found}) == 4
    assert len({each.url for each in found}) == 4


def test_a_device_that_the_kernel_gave_a_port_is_shown_once() -> None:
    as_usb = SeenUsb(0x0B00, 0x0081, "1-4.2", CDC, "1234567")
    assert [found.url for found in assemble([lane5000()], [as_usb])] == [
        "zvt+serial:///dev/serial/by-id/usb-Ingenico_Lane_5000_1234567-if00"
    ]


def test_without_udev_the_port_itself_is_named() -> None:
    (found,) = assemble([replace(lane5000(), by_id=None, by_path=None)])
    assert found.url == "zvt+serial:///dev/ttyACM0"


def test_a_port_that_is_not_on_usb_has_no_identity() -> None:
    (found,) = assemble([SeenTty("/dev/ttyS0")])
    assert (found.url, found.identity, found.by_port) == ("zvt+serial:///dev/ttyS0", None, None)


@pytest.mark.parametrize("letter", "#?%")
def test_a_link_that_a_url_would_read_otherwise_is_not_used(letter: str) -> None:
    (found,) = assemble([replace(lane5000(), by_id=f"{BY_ID}/usb-Ingenico{letter}1-if00")])
    assert found.url == f"zvt+serial://{BY_PATH}/pci-0000:00:14.0-usb-0:4.2:1.0"


def test_a_terminal_without_a_serial_port_is_named_as_usb() -> None:
    (found,) = assemble([], [bulk_terminal()])
    assert (found.url, found.tty, found.maker) == ("zvt+usb://1209:0001/SIM0001", None, "posd-sim")


@pytest.mark.parametrize(
    ("device", "listed"),
    [
        (SeenUsb(0x0B00, 0x0081, "1-1", VENDOR_BULK), True),
        (SeenUsb(0x2FB8, 0x2205, "1-1", ((0x0A, 0, 0),)), True),
        (SeenUsb(0x1234, 0x5678, "1-1", CDC), True),
        (SeenUsb(0x1234, 0x5678, "1-1", (*KEYBOARD, *CDC)), True),
        (SeenUsb(0x1234, 0x5678, "1-1", VENDOR_BULK), False),
        (SeenUsb(0x1234, 0x5678, "1-1", KEYBOARD), False),
        (SeenUsb(0x0B00, 0x1001, "1-1", KEYBOARD), False),
        (SeenUsb(0x18D1, 0x4EE3, "1-1", ((0x02, 0x02, 0xFF), (0x0A, 0, 0))), False),
        (SeenUsb(0x1D6B, 0x0002, "1-1", ((0x09, 0, 0),)), False),
    ],
    ids=[
        "a maker's",
        "a maker's with a data interface alone",
        "a modem",
        "a modem that is a keyboard too",
        "anybody's own protocol",
        "a keyboard",
        "a keyboard with a maker's id",
        "a telephone's network",
        "a hub",
    ],
)
def test_what_looks_like_a_terminal_is_listed(device: SeenUsb, *, listed: bool) -> None:
    assert bool(assemble([], [device])) is listed


def test_past_the_kernel_every_device_has_a_name() -> None:
    devices = [SeenUsb(0x1234, 0x5678, "1-1", KEYBOARD), SeenUsb(0x1234, 0x5678, "1-2", CDC, "A")]
    assert [found.url for found in past_the_kernel(devices)] == [
        "zvt+usb://1234:5678/@1-1",
        "zvt+usb://1234:5678/A",
    ]


def test_one_that_was_known_by_its_port_stays_who_it_is() -> None:
    (alone,) = assemble([lane5000()])
    first, second = assemble([lane5000(), lane5000("/dev/ttyACM1", port_path="1-4.3")])
    assert alone.known_as("0b00:0081/@1-4.2")
    assert not alone.known_as("0b00:0081/@1-4.3")
    assert first.known_as("0b00:0081/@1-4.2")
    assert not first.known_as("0b00:0081/1234567")
    assert not second.known_as("0b00:0081/1234567")


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=126))
def test_any_serial_number_stays_one_word_of_a_url(serial: str) -> None:
    """A device says of itself what it likes; it cannot choose the port it is told by."""
    (found,) = assemble([], [bulk_terminal(serial)])
    assert found.identity is not None
    name = found.identity.removeprefix("1209:0001/")
    assert name.isascii()
    assert name.isprintable()
    assert not set(name) & set(" /@:?#")


def test_the_url_is_one_that_can_be_opened() -> None:
    (found,) = assemble([lane5000()])
    assert parse_url(found.url) == SerialAddress(
        "/dev/serial/by-id/usb-Ingenico_Lane_5000_1234567-if00"
    )
