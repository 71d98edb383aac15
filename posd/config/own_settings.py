"""What the file says of its readers, as a part of what is in force at each."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

from posd.config.sections import Config, ReaderConfig
from posd.model.configuration import OwnSetting

TOLD: Final = ("charset", "manual_capture", "receipts")
"""Keys of a `[[reader]]` beside its currency that say how posd drives it. No credential is told."""
_DEFAULTS: Final[Mapping[str, Any]] = {field.name: field.default for field in fields(ReaderConfig)}


def own_settings(config: Config) -> dict[str, tuple[OwnSetting, ...]]:
    """By the id of each reader of the file.

    A key that says what posd does anyway counts as posd's default.
    """
    return {f"tmr_posd_{reader.name}": _settings(reader) for reader in config.reader}


def unnamed_settings(config: Config) -> tuple[OwnSetting, ...]:
    """What holds of an attached reader that the API registered."""
    currency = OwnSetting("currency", config.store.currency, declared=True)
    return (currency, *(OwnSetting(name, _DEFAULTS[name], declared=False) for name in TOLD))


def _settings(reader: ReaderConfig) -> tuple[OwnSetting, ...]:
    values = {name: getattr(reader, name) for name in TOLD}
    return (
        OwnSetting("currency", reader.currency, declared=True),
        *(OwnSetting(name, is_, declared=is_ != _DEFAULTS[name]) for name, is_ in values.items()),
    )
