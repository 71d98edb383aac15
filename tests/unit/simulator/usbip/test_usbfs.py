"""Whose an interface is on Linux: a composite of modem (0, 1), keypad (2) and vendor's own (3)."""

import errno

import pytest

from posd_simulator.usbip.usbfs import Owners

ONE, OTHER = object(), object()


@pytest.fixture
def owners() -> Owners:
    return Owners({0: 2, 1: 10, 2: 3, 3: 0xFF})


def refused(number: int) -> "pytest.RaisesExc[OSError]":
    return pytest.raises(OSError, check=lambda error: error.errno == number)


def test_kernel_drivers_come_by_themselves(owners: Owners) -> None:
    assert [owners.driver_of(n) for n in range(4)] == ["cdc_acm", "cdc_acm", "usbhid", None]
    assert owners.any
    assert not Owners({0: 0xFF}).any


def test_what_a_kernel_driver_has_cannot_be_claimed(owners: Owners) -> None:
    for interface in (0, 1, 2):
        with refused(errno.EBUSY):
            owners.claim(interface, ONE)
    owners.claim(3, ONE)
    assert owners.claims_of(ONE) == (3,)


def test_an_interface_is_claimed_by_one_handle(owners: Owners) -> None:
    owners.claim(3, ONE)
    owners.claim(3, ONE)
    with refused(errno.EBUSY):
        owners.claim(3, OTHER)
    with refused(errno.ENOENT):
        owners.release(3, OTHER)
    owners.release(3, ONE)
    owners.claim(3, OTHER)
    with refused(errno.ENOENT):
        owners.claim(4, ONE)


def test_cdc_acm_gives_both_back_and_takes_both(owners: Owners) -> None:
    owners.detach(0)
    assert [owners.driver_of(n) for n in range(3)] == [None, None, "usbhid"]
    with refused(errno.ENOENT):
        owners.detach(1)
    with refused(errno.ENOENT):  # it comes for the interface of commands only
        owners.attach(1)
    owners.attach(0)
    assert owners.driver_of(1) == "cdc_acm"
    with refused(errno.EBUSY):
        owners.attach(1)


def test_no_driver_comes_to_what_is_claimed(owners: Owners) -> None:
    owners.detach(1)
    owners.claim(1, ONE)
    with refused(errno.EBUSY):
        owners.attach(1)
    with refused(errno.ENOENT):
        owners.attach(0)
    owners.release(1, ONE)
    owners.attach(0)


def test_other_drivers_have_one_interface_each(owners: Owners) -> None:
    owners.detach(2)
    assert owners.driver_of(0) == "cdc_acm"
    owners.attach(2)
    assert owners.driver_of(2) == "usbhid"
    with refused(errno.ENOENT):
        owners.attach(3)
