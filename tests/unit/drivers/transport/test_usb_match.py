"""Which device is meant, and which of its interfaces carry octets."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import pytest

from posd_drivers.transport.usb_match import Function, Named, Several, function_of, the_one

if TYPE_CHECKING:
    from usb.core import Configuration

VENDOR, PRODUCT = 0x0B00, 0x0081


def terminal(serial: str | None = None, port_path: str | None = None) -> Named:
    return Named(VENDOR, PRODUCT, serial, port_path)


HERE = (
    terminal("A", "1-1"),
    terminal("B", "1-4.2"),
    terminal("B", "2-1"),
    terminal(None, "2-2"),
    Named(VENDOR, 0x0080, "A", "2-3"),
)


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (terminal("A"), 0),
        (terminal("B", "2-1"), 2),
        (terminal(None, "2-2"), 3),
        (Named(VENDOR, 0x0080), 4),
        (terminal("C"), None),
        (terminal("A", "1-4.2"), None),
        (terminal(None, "1-4"), None),
    ],
)
def test_the_only_device_of_that_name(wanted: Named, index: int | None) -> None:
    assert the_one(wanted, HERE) == index


def test_two_with_one_serial_number_are_named_by_where_they_are() -> None:
    with pytest.raises(Several) as raised:
        the_one(terminal("B"), HERE)
    assert raised.value.names == (terminal(None, "1-4.2"), terminal(None, "2-1"))


def test_any_of_several_is_named_by_the_serial_number_that_it_alone_has() -> None:
    with pytest.raises(Several) as raised:
        the_one(terminal(), HERE)
    assert [str(name) for name in raised.value.names] == [
        "0b00:0081/A",
        "0b00:0081/@1-4.2",
        "0b00:0081/@2-1",
        "0b00:0081/@2-2",
    ]


BULK, INTERRUPT, ISOCHRONOUS = 2, 3, 1


@dataclass
class Endpoint:
    bEndpointAddress: int  # noqa: N815 (PyUSB's names, here and below)
    bmAttributes: int = BULK  # noqa: N815


@dataclass
class Interface:
    bInterfaceNumber: int  # noqa: N815
    kind: tuple[int, int, int]
    endpoints: tuple[Endpoint, ...] = ()
    extra_descriptors: list[int] = field(default_factory=list)
    bAlternateSetting: int = 0  # noqa: N815

    def __post_init__(self) -> None:
        self.bInterfaceClass, self.bInterfaceSubClass, self.bInterfaceProtocol = self.kind

    def __iter__(self) -> object:
        return iter(self.endpoints)


def union(control: int, *data: int) -> list[int]:
    header = [5, 0x24, 0x00, 0x10, 0x01]
    return [*header, 4 + len(data), 0x24, 0x06, control, *data]


def found(*interfaces: Interface) -> Function | None:
    return function_of(cast("Configuration", interfaces))


MODEM, ADAPTER, DATA, VENDORS_OWN = (2, 2, 1), (2, 2, 0xFF), (10, 0, 0), (0xFF, 0, 0)
PAIR = (Endpoint(0x82), Endpoint(0x02))
OTHER_PAIR = (Endpoint(0x03), Endpoint(0x84))
NOTICES = (Endpoint(0x81, INTERRUPT),)


def test_a_modem_has_a_control_and_a_data_interface() -> None:
    here = found(Interface(0, MODEM, NOTICES, union(0, 1)), Interface(1, DATA, PAIR))
    assert here == Function(control=0, bulk=1, read_from=0x82, write_to=0x02)
    assert here.interfaces == (0, 1)


def test_the_data_interface_is_the_one_that_the_union_names() -> None:
    here = found(
        Interface(0, DATA, OTHER_PAIR),
        Interface(2, MODEM, NOTICES, union(2, 3)),
        Interface(3, DATA, PAIR),
    )
    assert here == Function(control=2, bulk=3, read_from=0x82, write_to=0x02)


def test_a_modem_without_a_union_takes_the_first_data_interface() -> None:
    here = found(Interface(0, MODEM), Interface(1, DATA, PAIR), Interface(2, DATA, OTHER_PAIR))
    assert here == Function(control=0, bulk=1, read_from=0x82, write_to=0x02)


def test_a_network_adapter_that_passes_for_a_modem_is_left_alone() -> None:
    here = found(
        Interface(0, ADAPTER, NOTICES, union(0, 1)),
        Interface(1, DATA, OTHER_PAIR),
        Interface(2, MODEM, NOTICES, union(2, 3)),
        Interface(3, DATA, PAIR),
    )
    assert here == Function(control=2, bulk=3, read_from=0x82, write_to=0x02)


def test_without_a_modem_it_is_the_first_vendor_specific_bulk_pair() -> None:
    here = found(
        Interface(0, VENDORS_OWN, (Endpoint(0x81), Endpoint(0x02, ISOCHRONOUS))),
        Interface(1, VENDORS_OWN, OTHER_PAIR),
        Interface(2, VENDORS_OWN, PAIR),
    )
    assert here == Function(control=None, bulk=1, read_from=0x84, write_to=0x03)
    assert here.interfaces == (1,)


@pytest.mark.parametrize(
    "kind", [(0x08, 6, 0x50), (0x0B, 0, 0), (0x07, 1, 2)], ids=["storage", "smart card", "printer"]
)
def test_bulk_pairs_of_other_classes_carry_no_octets_of_ours(kind: tuple[int, int, int]) -> None:
    assert found(Interface(0, kind, PAIR)) is None


def test_other_settings_of_an_interface_are_not_its_own() -> None:
    assert found(Interface(0, VENDORS_OWN), Interface(0, VENDORS_OWN, PAIR, [], 1)) is None


@pytest.mark.parametrize(
    "junk", [[0, 0x24, 0x06], [5], [5, 0x24], [2, 0x24, 0x06, 0, 1], [255] * 9]
)
def test_descriptors_that_make_no_sense_are_no_union(junk: list[int]) -> None:
    here = found(Interface(0, MODEM, NOTICES, junk), Interface(1, DATA, PAIR))
    assert here == Function(control=0, bulk=1, read_from=0x82, write_to=0x02)
