"""The readers: what posd says of each or, where it does not run, whether it could open them.

A device that posd holds is never touched: posd is asked. Where posd does not run, nothing is sent
to a device either, but for the connection that a terminal on the network is asked for.
"""

import asyncio
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final, assert_never

from posd.config import Config, ReaderConfig
from posd.doctor.account import Account, group_names
from posd.doctor.finding import Finding, Topic, not_seen, ok, to_fix
from posd.doctor.held import Process, openers
from posd.doctor.machine import Machine
from posd.page import commands, reader_words
from posd.page.plain import english
from posd.snapshot.views import ReaderStatus, ReaderView, Snapshot
from posd_drivers import discovery
from posd_drivers.catalogue import SerialAddress, TcpAddress, UsbAddress, parse_url

CONNECT_S: Final = 3.0
RULES: Final = ("/usr/lib/udev/rules.d/70-posd.rules", "/etc/udev/rules.d/70-posd.rules")
RELOAD: Final = "udevadm control --reload && udevadm trigger"
WORKS: Final = frozenset(
    {ReaderStatus.ONLINE, ReaderStatus.BUSY, ReaderStatus.RESOLVING, ReaderStatus.AWAY}
)
INTRUDERS: Final = {
    "ModemManager": "systemctl disable --now ModemManager",
    "brltty": "systemctl mask --now brltty.path brltty-udev.service && apt-get remove brltty",
}
"""Programs that take serial ports of USB for modems and for Braille displays."""


def as_posd_says(snapshot: Snapshot) -> Iterator[Finding]:
    """Each reader that it holds."""
    words = english(snapshot)
    for location in snapshot.locations:
        for reader in location.readers:
            about = f"{reader.id}: {reader_words.status(reader, words)}."
            told = f"{about} {reader_words.about(reader, words)}".strip()
            yield ok(Topic.READERS, told) if _works(reader) else _broken(reader, told)


def unheld(machine: Machine, account: Account, config: Config) -> Iterator[Finding]:
    """Each reader of the file, while posd does not run."""
    for reader in config.reader:
        address = parse_url(reader.url)
        match address:
            case SerialAddress(path):
                yield from _serial(machine, account, reader, machine.at(path))
            case UsbAddress():
                identity = asyncio.run(discovery.identity_of(address))
                yield _present(reader, identity is not None)
            case TcpAddress(host, port):
                yield _on_network(reader, host, port)
            case _:
                assert_never(address)


def plugged(config: Config) -> Iterator[Finding]:
    """What is plugged in and no reader of the file yet; nothing is sent to it."""
    addresses = [parse_url(reader.url) for reader in config.reader]
    seen = asyncio.run(discovery.survey(addresses))
    for each in seen.plugged:
        if each.vendor is not None:
            name = each.product_name or each.maker or "a USB device"
            yield ok(Topic.READERS, f"plugged in, no reader of the file: {name}, {each.url}")
    for sentence in seen.hidden:
        yield not_seen(Topic.READERS, sentence)


def rules(machine: Machine, config: Config) -> Iterator[Finding]:
    """Whether udev gives posd its devices, if it has any, and keeps others from them."""
    real = [parse_url(reader.url) for reader in config.reader if not reader.simulated]
    if all(isinstance(address, TcpAddress) for address in real):
        return
    if not any(machine.at(one).exists() for one in RULES):
        install = f"install -Dm644 systemd/70-posd.rules {RULES[0]}"
        yield to_fix(Topic.READERS, "udev has no rules for readers", f"{install} && {RELOAD}")


def _works(reader: ReaderView) -> bool:
    return reader.status in WORKS and reader.need is None


def _broken(reader: ReaderView, told: str) -> Finding:
    command = commands.for_reader(reader)
    return to_fix(Topic.READERS, told, *(() if command is None else (command,)))


def _present(reader: ReaderConfig, is_there: bool) -> Finding:  # noqa: FBT001 (what was seen)
    if is_there:
        return ok(Topic.READERS, f"{reader.name}: plugged in")
    return _gone(reader)


def _gone(reader: ReaderConfig) -> Finding:
    told = f"{reader.name}: nothing is plugged in at {reader.url}"
    return to_fix(Topic.READERS, told, "plug it in; what is there: posd readers discover")


def _serial(
    machine: Machine, account: Account, reader: ReaderConfig, path: Path
) -> Iterator[Finding]:
    if not path.exists():
        yield _gone(reader)
        return
    status = path.stat()
    if not _may_use(account, status):
        group = ", ".join(group_names([status.st_gid])) or str(status.st_gid)
        told = f"{reader.name}: {account.name} may not use {path}, which is group {group}'s"
        yield to_fix(Topic.READERS, told, RELOAD, "the rule for it: docs/running.md, step 4")
    for holder in openers(machine, path):
        if holder.name != "posd":
            yield _taken(reader, path, holder)
    yield ok(Topic.READERS, f"{reader.name}: {path} is there")


def _may_use(account: Account, status: os.stat_result) -> bool:
    if account.uid in (0, status.st_uid):
        return True
    in_group = status.st_gid in account.groups
    needed = stat.S_IRGRP | stat.S_IWGRP if in_group else stat.S_IROTH | stat.S_IWOTH
    return status.st_mode & needed == needed


def _taken(reader: ReaderConfig, path: Path, holder: Process) -> Finding:
    told = f"{reader.name}: {holder.name}, process {holder.pid}, has {path}"
    stop = INTRUDERS.get(holder.name, f"systemctl status {holder.pid}  # stop it")
    return to_fix(Topic.READERS, told, stop)


def _on_network(reader: ReaderConfig, host: str, port: int) -> Finding:
    try:
        with socket.create_connection((host, port), CONNECT_S):
            return ok(Topic.READERS, f"{reader.name}: answers at {host}:{port}")
    except OSError as error:
        told = f"{reader.name}: {host}:{port}: {error.strerror or error}"
        return to_fix(Topic.READERS, told, f"ping -c 3 {host}  # its power, its network cable")
