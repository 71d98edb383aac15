"""What the udev rules make of recorded devices: terminals, and what only looks like one."""

from pathlib import Path
from typing import Final

import pytest

from tests.tidy.test_udev_rules import FILE
from tests.tidy.tree import ROOT
from tests.tidy.udev_rules import Device, apply, recorded

DUMPS: Final = ROOT / "tests" / "tidy" / "udev"
RULES: Final = FILE.read_text(encoding="utf-8")
OWN: Final = (
    'SUBSYSTEMS=="usb", ATTRS{idVendor}=="067b", ATTRS{idProduct}=="2303", ENV{POSD_READER}="1"'
)
"""A line of the store's own file, which is read before."""
READER: Final = {"GROUP": "posd-readers", "MODE": "0660"}


def after(name: str, rules: str = RULES, action: str = "add") -> Device:
    return apply(rules, recorded((DUMPS / f"{name}.txt").read_text(encoding="utf-8")), action)


@pytest.mark.parametrize(
    ("name", "links"),
    [
        ("ingenico-tty", {"posd/reader-90312345", "posd/port-1-4.2"}),
        ("verifone-tty", {"posd/reader-401-123-456", "posd/port-1-1"}),
        ("telium-of-sagem-tty", {"posd/port-1-3"}),
    ],
)
def test_a_terminals_port_is_posds_under_names_that_stay(name: str, links: set[str]) -> None:
    port = after(name)
    assert port.made == READER | {"OPTIONS": "link_priority=10"}
    assert port.links == links
    assert port.properties["ID_MM_DEVICE_IGNORE"] == port.properties["ID_MM_PORT_IGNORE"] == "1"


def test_a_terminal_on_usb_is_posds_and_kept_awake() -> None:
    terminal = after("ingenico-usb")
    assert terminal.made == READER | {"power/control": "on"}
    assert terminal.links == set()


@pytest.mark.parametrize(
    "name",
    ["other-of-sagem-tty", "modem-tty", "adapter-prolific-tty", "keyboard-usb", "mainboard-tty"],
)
def test_what_is_no_terminal_is_left_alone(name: str) -> None:
    """Sagem's other devices have a terminal's vendor; the adapter is one that a store may name."""
    before, found = recorded((DUMPS / f"{name}.txt").read_text(encoding="utf-8")), after(name)
    assert (found.made, found.links, found.properties) == ({}, set(), before.properties)


def test_what_the_store_names_itself_is_a_reader() -> None:
    port = after("adapter-prolific-tty", f"{OWN}\n{RULES}")
    assert (port.made["GROUP"], port.links) == ("posd-readers", {"posd/port-1-2"})


def test_nothing_is_done_to_what_is_gone() -> None:
    assert after("ingenico-tty", action="remove").made == {}


def test_the_dumps_are_all_looked_at() -> None:
    told = Path(__file__).read_text(encoding="utf-8")
    assert not [dump.stem for dump in DUMPS.iterdir() if f'"{dump.stem}"' not in told]
