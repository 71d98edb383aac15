"""Which terminal is meant, how to speak to it, and that nobody else has it or needs it as it is."""

import os
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from msgspec import Struct

from posd.config import DEFAULT_PATH, Config, ReaderConfig, load
from posd.daemon import JOURNAL_FILE
from posd.driver_settings import reader_settings
from posd.errors import AlreadyRunning, ConfigError
from posd.journal.connection import open_reader
from posd.journal.lock import StateDirectory
from posd.journal.queries import Queries
from posd.local_client import NoPermission
from posd_drivers import catalogue
from posd_drivers.catalogue import ReaderSettings
from posd_drivers.errors import Unsupported

READER_PREFIX = "tmr_posd_"


class Wanted(Struct, frozen=True):
    """What was asked for on the command line.

    Attributes:
        reader: The name or the id of a reader of the file, or a URL.
        file: The configuration file that was named; None looks in the usual place.
        currency: Of a URL.
        password: Six digits that somebody typed, or None for those of the file, or 000000.
    """

    reader: str
    file: Path | None
    currency: str | None
    password: str | None


class Found(Struct, frozen=True):
    """The terminal. `config` is None where no posd is set up on this machine."""

    url: str
    settings: ReaderSettings
    config: Config | None


def find(wanted: Wanted, environ: Mapping[str, str]) -> Found:
    """The terminal that is meant. Raises ConfigError."""
    file = wanted.file or (DEFAULT_PATH if DEFAULT_PATH.exists() else None)
    config = None if file is None else load(file)
    declared = None if config is None else _declared(config, wanted.reader)
    if declared is not None:
        return Found(declared.url, reader_settings(_typed(declared, wanted), environ), config)
    if "://" not in wanted.reader:
        raise ConfigError(f"{wanted.reader}: no [[reader]] of that name in {file or DEFAULT_PATH}")
    currency = wanted.currency or (config.store.currency if config else None)
    if currency is None:
        raise ConfigError(f"{wanted.reader}: say which currency it takes, e.g. --currency eur")
    try:
        catalogue.parse_url(wanted.reader)
        password = wanted.password or catalogue.PASSWORD_DEFAULT
        settings = ReaderSettings(currency, password, catalogue.Prints.TILL)
    except (catalogue.BadAddress, catalogue.BadSettings, Unsupported) as error:
        raise ConfigError(f"{wanted.reader}: {error}") from error
    return Found(wanted.reader, settings, config)


@contextmanager
def held(found: Found, *, moves_money: bool) -> Iterator[None]:
    """No posd runs here meanwhile, and none needs this terminal's last transaction as evidence.

    Raises AlreadyRunning, NoPermission, ConfigError.
    """
    folder = found.config.store.state_dir if found.config is not None else None
    if folder is None or not folder.exists():
        yield
        return
    if folder.stat().st_uid != os.geteuid():
        # Files that another user makes in there would keep posd from starting.
        raise NoPermission(f"{folder} is another user's: run this as posd's own user")
    try:
        state = StateDirectory(folder)
    except AlreadyRunning as error:
        raise AlreadyRunning("posd runs and holds its readers: stop it first") from error
    with state:
        if moves_money:
            _check_nothing_unproven(folder / JOURNAL_FILE, found.url)
        yield


def _declared(config: Config, reader: str) -> ReaderConfig | None:
    name = reader.removeprefix(READER_PREFIX)
    return next((one for one in config.reader if reader == one.url or name == one.name), None)


def _typed(declared: ReaderConfig, wanted: Wanted) -> ReaderConfig:
    """With the password that was typed: only the service is handed the credential."""
    if wanted.password is None:
        return declared
    return replace(declared, password_credential=None, password=wanted.password)


def may_be_one(url: str, other: str) -> bool:
    """Whether two URLs may lead to one terminal: what is not certain counts as yes.

    The settings of its line are not its place, and a device on USB may have a serial path as well.
    """
    match catalogue.parse_url(url), catalogue.parse_url(other):
        case catalogue.SerialAddress(path), catalogue.SerialAddress(other_path):
            return Path(path).resolve() == Path(other_path).resolve()
        case (catalogue.UsbAddress() as device, catalogue.UsbAddress() as other_device):
            return _may_be_one_device(device, other_device)
        case (catalogue.TcpAddress() as listener, catalogue.TcpAddress() as other_listener):
            return listener == other_listener
        case (catalogue.TcpAddress(), _) | (_, catalogue.TcpAddress()):
            return False
        case _:
            return True


def _may_be_one_device(one: catalogue.UsbAddress, other: catalogue.UsbAddress) -> bool:
    model, other_model = (one.vendor, one.product), (other.vendor, other.product)
    serials, port_paths = {one.serial, other.serial}, {one.port_path, other.port_path}
    return model == other_model and not any(
        len(named - {None}) > 1 for named in (serials, port_paths)
    )


def _check_nothing_unproven(journal: Path, url: str) -> None:
    if not journal.exists():
        return
    with closing(open_reader(journal, None)) as db:
        queries = Queries(db)
        readers = {one.id for one in queries.readers() if may_be_one(one.address, url)}
        unproven = [one.id for one in queries.unproven_attempts() if one.reader in readers]
    if unproven:
        raise ConfigError(
            f"{', '.join(unproven)} is unproven at this terminal, and what it stored last is the"
            " evidence: have posd resolve it first"
        )
