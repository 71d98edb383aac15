"""What the devices say of themselves, octet by octet as cdc_acm and libusb read it."""

import pytest

from posd_drivers.errors import Malformed
from posd_simulator.usbip.descriptors import (
    ACM,
    VENDOR_BULK,
    Description,
    Endpoint,
    Identity,
    Interface,
    Transfers,
)
from posd_simulator.usbip.parsing import parse_configuration, parse_device

MODEM = (
    "09 02 43 00 02 01 00 c0 32"  # configuration 1: 67 octets, 2 interfaces
    "09 04 00 00 01 02 02 01 00"  # interface 0: communications, ACM
    "05 24 00 10 01"
    "05 24 01 00 01"
    "04 24 02 06"
    "05 24 06 00 01"
    "07 05 81 03 10 00 0a"
    "09 04 01 00 02 0a 00 00 00"  # interface 1: data
    "07 05 02 02 40 00 00"
    "07 05 82 02 40 00 00"
)
BULK = (
    "09 02 20 00 01 01 00 c0 3209 04 00 00 02 ff 00 00 0007 05 02 02 40 00 0007 05 82 02 40 00 00"
)
KEYPAD = Interface(
    2,
    (3, 0, 0),
    (Endpoint(0x83, Transfers.INTERRUPT, 8, 10),),
    bytes.fromhex("09 21 11 01 00 01 22 1b 00"),
)


def configuration(interfaces: tuple[Interface, ...]) -> bytes:
    described = Description(Identity(), interfaces).descriptor(2, 0)
    assert described is not None
    return described


@pytest.mark.parametrize(("interfaces", "octets"), [(ACM, MODEM), (VENDOR_BULK, BULK)])
def test_the_configuration(interfaces: tuple[Interface, ...], octets: str) -> None:
    assert configuration(interfaces).hex() == bytes.fromhex(octets).hex()


def test_the_device_and_its_strings() -> None:
    identity = Identity(0x0B00, 0x0081, "A1", "Maker", "Reader", 0x0203)
    said = Description(identity, ACM, (2, 0, 0))
    assert said.descriptor(1, 0) == bytes.fromhex(
        "12 01 00 02 02 00 00 40 00 0b 81 00 03 02 01 02 03 01"
    )
    assert said.descriptor(3, 0) == bytes.fromhex("04 03 09 04")
    assert said.descriptor(3, 3) == bytes.fromhex("06 03 41 00 31 00")
    assert said.descriptor(3, 4) is None
    assert said.descriptor(2, 1) is None
    assert said.descriptor(6, 0) is None, "a full-speed device has no qualifier"


def test_a_device_without_a_serial_number() -> None:
    said = Description(Identity(serial=None), ACM)
    device = said.descriptor(1, 0)
    assert device is not None
    assert device[16] == 0
    assert said.descriptor(3, 3) is None


def test_a_configuration_is_taken_apart_under_libusbs_names() -> None:
    found = parse_configuration(bytes.fromhex(MODEM))
    assert (found.own.bNumInterfaces, found.own.bConfigurationValue) == (2, 1)
    assert found.classes == {0: 2, 1: 10}
    control, octets = found.setting(0, 0), found.setting(1, 0)
    assert bytes(control.interface.extra_descriptors) == bytes.fromhex(
        "05 24 00 10 01 05 24 01 00 01 04 24 02 06 05 24 06 00 01"
    )
    assert control.endpoints[0].bInterval == 10
    assert [it.wMaxPacketSize for it in octets.endpoints] == [64, 64]
    assert found.addresses(1) == {0x02, 0x82}
    assert found.addresses(7) == set()
    with pytest.raises(IndexError):
        found.setting(1, 1)


def test_a_modem_with_a_keypad_beside_it() -> None:
    found = parse_configuration(configuration((*ACM, KEYPAD)))
    assert found.classes == {0: 2, 1: 10, 2: 3}
    assert found.addresses(2) == {0x83}


@pytest.mark.parametrize("octets", ["", "00 02", "09 04 00 00 00 ff", "07 05 81 03 10 00 0a"])
def test_what_is_no_configuration(octets: str) -> None:
    with pytest.raises(Malformed):
        parse_configuration(bytes.fromhex(octets))


def test_a_device_descriptor_is_18_octets() -> None:
    with pytest.raises(Malformed):
        parse_device(bytes(17))
