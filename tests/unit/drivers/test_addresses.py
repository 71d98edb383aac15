"""Readers' URLs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posd_drivers.addresses import (
    BadAddress,
    SerialAddress,
    TcpAddress,
    UsbAddress,
    parse_url,
    url_of,
)
from posd_drivers.errors import Unsupported
from posd_drivers.transport.line import BAUDS, FORMATS, Line


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("zvt+serial:///dev/ttyUSB0", SerialAddress("/dev/ttyUSB0", Line(9600, "8N2"))),
        (
            "zvt+serial:///dev/posd/reader-1?baud=115200",
            SerialAddress("/dev/posd/reader-1", Line(115200)),
        ),
        (
            "zvt+serial:///dev/ttyS0?format=8N1&dtr=on&baud=9600&rts=off",
            SerialAddress("/dev/ttyS0", Line(9600, "8N1", dtr=True, rts=False)),
        ),
        ("zvt+serial:///dev/ttyS0?format=7E1", SerialAddress("/dev/ttyS0", Line(format="7E1"))),
        ("zvt+usb://0b00:0081/4711", UsbAddress(0x0B00, 0x0081, "4711")),
        ("zvt+usb://0B00:00C1", UsbAddress(0x0B00, 0x00C1)),
        ("zvt+usb://0b00:0081/?rts=on", UsbAddress(0x0B00, 0x0081, line=Line(rts=True))),
        ("zvt+usb://0b00:0081/@1-4.2", UsbAddress(0x0B00, 0x0081, None, "1-4.2")),
        ("zvt+usb://0b00:0081/%401-4.2", UsbAddress(0x0B00, 0x0081, "@1-4.2")),
        ("zvt+usb://0b00:0081/A%2FB%20%C3%A9", UsbAddress(0x0B00, 0x0081, "A/B é")),
        (
            "zvt+usb://1209:0001/SIM0001?baud=115200&format=8N1",
            UsbAddress(0x1209, 1, "SIM0001", None, Line(115200, "8N1")),
        ),
        ("zvt+tcp://10.0.0.7:22000", TcpAddress("10.0.0.7", 22000)),
        ("zvt+tcp://terminal.store", TcpAddress("terminal.store", 20007)),
        ("zvt+tcp://[::1]:20007/", TcpAddress("::1", 20007)),
    ],
)
def test_addresses(url: str, address: object) -> None:
    assert parse_url(url) == address


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("/dev/ttyUSB0", "scheme"),
        ("", "scheme"),
        ("zvt+serial://dev/ttyUSB0", "host"),
        ("zvt+serial:///", "path"),
        ("zvt+serial:ttyUSB0", "path"),
        ("zvt+serial:///dev/ttyUSB0?baud=1200", "query baud"),
        ("zvt+serial:///dev/ttyUSB0?baud=fast", "query baud"),
        ("zvt+serial:///dev/ttyUSB0?format=8N3", "query format"),
        ("zvt+serial:///dev/ttyUSB0?stop_bits=1", "query"),
        ("zvt+serial:///dev/ttyUSB0?dtr=yes", "query dtr"),
        ("zvt+serial:///dev/ttyUSB0?rts=", "query rts"),
        ("zvt+serial:///dev/ttyUSB0?baud=9600&baud=9600", "query"),
        ("zvt+serial:///dev/ttyUSB0?password=123456", "query"),
        ("zvt+serial:///dev/ttyUSB0#1", "query"),
        ("zvt+usb://", "device"),
        ("zvt+usb:///dev/ttyACM0", "device"),
        ("zvt+usb://0b00", "device"),
        ("zvt+usb://b00:81/4711", "device"),
        ("zvt+usb://0b00:0081:2/4711", "device"),
        ("zvt+usb://0b00:0081/@4", "path"),
        ("zvt+usb://0b00:0081/@1-4.2/1", "path"),
        ("zvt+usb://0b00:0081/@1-1.1.1.1.1.1.1.1", "path"),
        ("zvt+usb://0b00:0081/47/11", "path"),
        ("zvt+usb://0b00:0081/%FF", "path"),
        ("zvt+usb://0b00:0081/" + "4" * 127, "path"),
        ("zvt+usb://0b00:0081/4711?speed=9600", "query"),
        ("zvt+usb://0b00:0081/4711#1", "query"),
        ("zvt+tcp://", "host"),
        ("zvt+tcp://till:123456@10.0.0.7", "host"),
        ("zvt+tcp://10.0.0.7:0", "port"),
        ("zvt+tcp://10.0.0.7:70000", "port"),
        ("zvt+tcp://10.0.0.7:x", "port"),
        ("zvt+tcp://10.0.0.7/path", "path"),
        ("zvt+tcp://10.0.0.7?baud=9600", "query"),
        ("zvt+tcp://[10.0.0.7", "host"),
        ("zvt+tcp://" + "a" * 64 + ".example", "host"),
        ("zvt+tcp://terminal..example", "host"),
        ("zvt+tcp://términal.example", "host"),
        ("zvt+tcp://10.0.0.7\0:20007", "characters"),
        ("zvt+serial:///dev/ttyUSB0\0", "characters"),
        ("zvt+serial:///dev/tty\nUSB0", "characters"),
    ],
)
def test_a_bad_address_names_its_part(url: str, part: str) -> None:
    with pytest.raises(BadAddress) as raised:
        parse_url(url)
    assert raised.value.part == part
    assert str(raised.value).startswith(f"{part}: found ")


@pytest.mark.parametrize("url", ["opi://10.0.0.7", "http://10.0.0.7", "zvt://0b00:0081/1"])
def test_another_scheme_is_unsupported(url: str) -> None:
    with pytest.raises(Unsupported):
        parse_url(url)


@given(
    device=st.one_of(
        st.tuples(st.none(), st.none()),
        st.tuples(st.text(min_size=1, max_size=126), st.none()),
        st.tuples(st.none(), st.from_regex(r"[1-9]-[1-9](\.[1-9]){0,6}", fullmatch=True)),
    ),
    model=st.tuples(st.integers(0, 0xFFFF), st.integers(0, 0xFFFF)),
    line=st.builds(
        Line,
        st.sampled_from(BAUDS),
        st.sampled_from(tuple(FORMATS)),
        st.sampled_from((None, True, False)),
        st.sampled_from((None, True, False)),
    ),
)
def test_the_url_of_a_usb_address_is_read_as_that_address(
    device: tuple[str | None, str | None], model: tuple[int, int], line: Line
) -> None:
    address = UsbAddress(*model, *device, line)
    assert parse_url(url_of(address)) == address


@pytest.mark.parametrize(
    "url",
    [
        "zvt+serial:///dev/posd/reader-1",
        "zvt+serial:///dev/posd/reader-1?baud=115200&format=8N1&dtr=on&rts=off",
        "zvt+tcp://10.0.0.7:20007",
        "zvt+tcp://[fe80::1]:22000",
    ],
)
def test_an_address_is_written_as_it_was_read(url: str) -> None:
    assert url_of(parse_url(url)) == url
