"""The udev rules name the terminals that posd knows, give them to its unit's user, and no more."""

import re

from posd_drivers.plugged.device import MAKERS, MODELS
from tests.tidy.test_systemd import RUNNING, SYSTEMD, setting
from tests.tidy.tree import ROOT

FILE = SYSTEMD / "70-posd.rules"
RULES = [line for line in FILE.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
LISTED = [rule for rule in RULES if rule.endswith('ENV{POSD_READER}="1"')]
GATE = 'ENV{POSD_READER}!="1", GOTO="posd_end"'
OWN_FILE = "/etc/udev/rules.d/69-posd-readers.rules"


def numbers(attribute: str, rule: str) -> list[int]:
    return [int(digits, 16) for digits in re.findall(rf'{attribute}}}=="([0-9a-f]{{4}})"', rule)]


def test_what_is_listed_is_what_discovery_takes_for_a_terminal() -> None:
    listed = [(*numbers("idVendor", rule), *numbers("idProduct", rule)) for rule in LISTED]
    assert listed == [*((vendor,) for vendor in sorted(MAKERS)), *sorted(MODELS)]


def test_what_is_not_listed_is_left_alone() -> None:
    gate = RULES.index(GATE)
    assert set(LISTED) <= set(RULES[:gate])
    for rule in RULES[:gate]:
        assert not re.search("GROUP|MODE|SYMLINK|power", rule), rule


def test_a_listed_device_belongs_to_the_group_of_the_unit() -> None:
    given = re.findall(r'GROUP="([\w-]+)", MODE="(\d+)"', "\n".join(RULES))
    assert given == [(setting("SupplementaryGroups"), "0660")] * 2


def test_the_unit_may_reach_what_the_rules_give_it() -> None:
    unit = (SYSTEMD / "posd.service").read_text(encoding="utf-8")
    allowed = re.findall(r"^DeviceAllow=char-(\w+) rw$", unit, re.MULTILINE)
    assert {"ttyACM", "ttyUSB", "ttyS", "usb_device"} == set(allowed)
    assert "AF_NETLINK" in setting("RestrictAddressFamilies").split()


def test_the_documents_say_where_the_rules_go_and_where_a_store_adds_its_own() -> None:
    assert f"install -Dm644 systemd/{FILE.name} /usr/lib/udev/rules.d/{FILE.name}\n" in RUNNING
    for text in (FILE.read_text(encoding="utf-8"), RUNNING):
        assert OWN_FILE in text
    (example,) = re.findall(r'^SUBSYSTEMS=="usb".*POSD_READER.*$', RUNNING, re.MULTILINE)
    assert f"#   {example}\n" in FILE.read_text(encoding="utf-8")


def test_the_rules_are_where_the_refusal_says() -> None:
    from posd_drivers.transport.usb_device import UDEV_RULE

    assert ROOT / UDEV_RULE == FILE
