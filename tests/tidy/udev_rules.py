"""A small reading of udev(7) rules: enough to say what a file of rules makes of a recorded device.

A device is what `udevadm info --attribute-walk` and `--query=property` print, in one text: first
its properties (`E: KEY=value`), then itself and each of its parents as a block of attributes.
"""

import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Final

TOKEN: Final = re.compile(
    r'(?P<key>[A-Z_]+)(?:\{(?P<name>[^}]+)\})?(?P<op>==|!=|\+=|=)"(?P<value>[^"]*)"'
)
PARENTS: Final = frozenset({"SUBSYSTEMS", "KERNELS", "DRIVERS", "ATTRS"})


@dataclass
class Block:
    """One device of the chain: its kernel name, subsystem, driver and attributes."""

    kernel: str = ""
    subsystem: str = ""
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass
class Device:
    """A recorded device, and what rules have made of it."""

    chain: list[Block]
    properties: dict[str, str]
    made: dict[str, str] = field(default_factory=dict)
    links: set[str] = field(default_factory=set)
    parent: Block | None = None
    """That which the last rule with a look at parents found: `$id` is its name."""


def recorded(text: str) -> Device:
    """The device of a dump."""
    properties = dict(re.findall(r"^E: (\w+)=(.*)$", text, re.MULTILINE))
    chain: list[Block] = []
    for line in text.splitlines():
        if line.startswith("  looking at"):
            chain.append(Block())
        elif match := re.match(r' +(KERNELS?|SUBSYSTEMS?)=="(.*)"', line):
            setattr(chain[-1], match[1].removesuffix("S").lower(), match[2])
        elif match := re.match(r' +ATTRS?\{(.*)\}=="(.*)"', line):
            chain[-1].attributes[match[1]] = match[2]
    return Device(chain, properties)


def apply(rules: str, device: Device, action: str = "add") -> Device:
    """What the rules make of the device."""
    goto: str | None = None
    for line in rules.splitlines():
        tokens = [match.groupdict() for match in TOKEN.finditer(line)]
        if not tokens or line.startswith("#"):
            continue
        label = next((one["value"] for one in tokens if one["key"] == "LABEL"), None)
        if goto is not None:
            goto = None if label == goto else goto
            continue
        matches = [one for one in tokens if one["op"] in {"==", "!="}]
        if not _holds(matches, device, action):
            continue
        for one in tokens:
            if one["op"] in {"=", "+="}:
                goto = one["value"] if one["key"] == "GOTO" else goto
                _assign(one, device)
    return device


def _holds(tokens: list[dict[str, str]], device: Device, action: str) -> bool:
    own = [one for one in tokens if one["key"] not in PARENTS]
    if not all(_equal(one, _own(one, device, action)) for one in own):
        return False
    upwards = [one for one in tokens if one["key"] in PARENTS]
    if not upwards:
        return True
    for block in device.chain:  # all of them at one and the same device of the chain
        if all(_equal(one, _of(one, block)) for one in upwards):
            device.parent = block
            return True
    return False


def _own(token: dict[str, str], device: Device, action: str) -> str:
    match token["key"]:
        case "ACTION":
            return action
        case "SUBSYSTEM":
            return device.chain[0].subsystem
        case "KERNEL":
            return device.chain[0].kernel
        case "ENV":
            return device.properties.get(token["name"], "")
        case key:
            raise AssertionError(key)


def _of(token: dict[str, str], block: Block) -> str:
    match token["key"]:
        case "SUBSYSTEMS":
            return block.subsystem
        case "KERNELS":
            return block.kernel
        case "ATTRS":
            return block.attributes.get(token["name"], "")
        case key:
            raise AssertionError(key)


def _equal(token: dict[str, str], found: str) -> bool:
    fits = any(fnmatchcase(found, pattern) for pattern in token["value"].split("|"))
    return fits is (token["op"] == "==")


def _assign(token: dict[str, str], device: Device) -> None:
    value = re.sub(r"\$env\{(\w+)\}", lambda env: device.properties.get(env[1], ""), token["value"])
    if device.parent is not None:
        value = value.replace("$id", device.parent.kernel)
    match token["key"]:
        case "ENV":
            device.properties[token["name"]] = value
        case "SYMLINK":
            device.links.add(value)
        case "ATTR":
            device.made[token["name"]] = value
        case "GROUP" | "MODE" | "OPTIONS" as key:
            device.made[key] = value
        case "GOTO" | "LABEL":
            pass
        case key:
            raise AssertionError(key)
