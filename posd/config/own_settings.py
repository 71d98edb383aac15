"""What the file says of its readers, as a part of what is in force at each."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

from posd.config.sections import Config, ReaderConfig
from posd.model.configuration import OwnSetting

TOLD: Final = ("charset", "end_of_day", "manual_capture", "profile", "receipts", "tips")
"""Keys of a `[[reader]]` beside its currency that say how posd drives it. No credential is told."""
_DEFAULTS: Final[Mapping[str, Any]] = {field.name: field.default for field in fields(ReaderConfig)}
_OF_THE_STORE: Final = "end_of_day"
"""What the store says for every reader that says nothing else."""


def own_settings(config: Config) -> dict[str, tuple[OwnSetting, ...]]:
    """By the id of each reader of the file.

    A key that says what posd does anyway counts as posd's default.
    """
    return {f"tmr_posd_{reader.name}": _settings(reader) for reader in config.reader}


def unnamed_settings(config: Config) -> tuple[OwnSetting, ...]:
    """What holds of an attached reader that the API registered."""
    currency = OwnSetting("currency", config.store.currency, declared=True)
    values = {**_DEFAULTS, _OF_THE_STORE: getattr(config.store, _OF_THE_STORE)}
    return (currency, *(_setting(name, values) for name in TOLD))


def _settings(reader: ReaderConfig) -> tuple[OwnSetting, ...]:
    currency = OwnSetting("currency", reader.currency, declared=True)
    values = {name: getattr(reader, name) for name in TOLD}
    return (currency, *(_setting(name, values) for name in TOLD))


def _setting(name: str, values: Mapping[str, Any]) -> OwnSetting:
    return OwnSetting(name, values[name], declared=values[name] != _DEFAULTS[name])
