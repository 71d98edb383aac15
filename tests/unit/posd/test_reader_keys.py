"""Every key of a `[[reader]]` of the file reaches the reader of the API, or its driver."""

from dataclasses import fields, replace
from pathlib import Path
from tempfile import mkdtemp

import pytest

from posd.config import ReaderConfig
from posd.driver_settings import reader_settings
from posd.errors import ConfigError
from posd.model.reader import Reader
from posd.model.reader_facts import ManualCapture
from posd_drivers.catalogue import Prints
from posd_drivers.makes import MAKES
from tests.unit.posd.house import House, config, declared
from tests.unit.posd.virtual import virtual

OF_THE_READER = {
    "name": ("back", "id", "tmr_posd_back"),
    "url": ("zvt+serial:///dev/ttyS0", "address", "zvt+serial:///dev/ttyS0"),
    "currency": ("chf", "currency", "chf"),
    "simulated": (False, "simulated", False),
    "control": ("http://127.0.0.1:4711", "control", "http://127.0.0.1:4711"),
    "label": ("Back room", "label", "Back room"),
    "location": ("tml_back", "location", "tml_back"),
    "manual_capture": ("preauth", "manual_capture", ManualCapture.PREAUTH),
    "tips": (True, "tips", True),
}
"""Key to another value than that of `declared`, and the field of the record that must say it."""
OF_ITS_DRIVER = {
    "currency": ("chf", "currency", "chf"),
    "password": ("314159", "password", "314159"),
    "password_credential": ("back.pin", "password", "271828"),
    "receipts": ("till", "receipts", Prints.TILL),
    "charset": ("iso8859_15", "charset", "iso8859_15"),
    "profile": ("a80", "make", MAKES["a80"]),
}
"""The same for the driver's settings."""
OF_ITS_DAY = {"end_of_day"}
"""What `test_closing_schedule.py` is about."""


def saying(key: str, value: object) -> ReaderConfig:
    """A `[[reader]]` with another value of one key."""
    return replace(declared("front"), **{key: value})  # type: ignore[arg-type]


async def known_of(folder: Path, reader: ReaderConfig) -> Reader:
    """What posd knows of the one reader of its file."""
    async with House(folder, file=config(reader)).living() as posd:
        (known,) = posd.journal.queries.readers()
        return known


def test_no_key_is_left_out() -> None:
    told = OF_THE_READER.keys() | OF_ITS_DRIVER.keys() | OF_ITS_DAY
    assert told == {key.name for key in fields(ReaderConfig)}


@pytest.mark.parametrize("key", OF_THE_READER)
@virtual
async def test_the_reader_is_what_the_file_says(tmp_path: Path, key: str) -> None:
    value, field, told = OF_THE_READER[key]
    plain, said = mkdtemp(dir=tmp_path), mkdtemp(dir=tmp_path)
    assert getattr(await known_of(Path(plain), declared("front")), field) != told
    assert getattr(await known_of(Path(said), saying(key, value)), field) == told


@pytest.mark.parametrize("key", OF_ITS_DRIVER)
def test_its_driver_is_told_what_the_file_says(tmp_path: Path, key: str) -> None:
    (tmp_path / "back.pin").write_text("271828\n")
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    value, field, told = OF_ITS_DRIVER[key]
    assert getattr(reader_settings(declared("front"), environ), field) != told
    assert getattr(reader_settings(saying(key, value), environ), field) == told


@pytest.mark.parametrize("content", ["12345", "secret"])
def test_a_credential_that_is_no_password_is_an_error_of_the_configuration(
    tmp_path: Path, content: str
) -> None:
    (tmp_path / "back.pin").write_text(content)
    reader = saying("password_credential", "back.pin")
    with pytest.raises(ConfigError, match="front") as refused:
        reader_settings(reader, {"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert content not in str(refused.value)
