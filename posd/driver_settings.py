"""What the configuration tells a reader's driver, with the password that stands elsewhere."""

from collections.abc import Mapping
from typing import TypeAlias

from posd.config import Config, ReaderConfig
from posd.errors import ConfigError
from posd.service.credentials import read_credential
from posd_drivers import catalogue
from posd_drivers.makes import ANY_MAKE, MAKES

DriverSettings: TypeAlias = Mapping[str, catalogue.ReaderSettings]
"""By the ids of the readers that the file declares."""


def driver_settings(config: Config, environ: Mapping[str, str]) -> DriverSettings:
    """Of every reader of the file. Raises ConfigError as `reader_settings` does."""
    return {f"tmr_posd_{one.name}": reader_settings(one, environ) for one in config.reader}


def reader_settings(reader: ReaderConfig, environ: Mapping[str, str]) -> catalogue.ReaderSettings:
    """What a `[[reader]]` tells its driver; `environ` says where the credentials are.

    Raises ConfigError for a credential that cannot be read or is no password.
    """
    try:
        return catalogue.ReaderSettings(
            currency=reader.currency,
            password=_password(reader, environ),
            receipts=catalogue.Prints(reader.receipts),
            charset=reader.charset,
            make=ANY_MAKE if reader.profile is None else MAKES[reader.profile],
        )
    except catalogue.BadSettings as error:
        raise ConfigError(f"reader '{reader.name}': {error}") from error


def _password(reader: ReaderConfig, environ: Mapping[str, str]) -> str:
    if reader.password_credential is not None:
        return read_credential(reader.password_credential, None, environ).reveal()
    return reader.password or catalogue.PASSWORD_DEFAULT
