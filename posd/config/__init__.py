"""The configuration: TOML in, frozen dataclasses out, every mistake told at once.

Read `sections` (what there is to say), `fields` (what a value may be), `sources` and `merged`
(several files are one document), `relations` and `problems` (what is wrong with it, and where),
then `document` (a Config, or a list of mistakes); `own_settings` is what of it is told of a reader,
`closing_times` when it has the readers' days closed, `declared` the rest as posd's parts take it,
`shown_settings` what of it a manager reads, `effective` what an operator does.
`docs/configuration.md` explains each key. No file holds a secret of a live store: the Stripe key
and the readers' passwords are credentials, till keys are hashes. This front door is what the daemon
and the operator's commands import.
"""

from pathlib import Path
from typing import Final

from posd.config.document import load, load_with, parse
from posd.config.sections import (
    SECTIONS,
    AlarmConfig,
    Config,
    KeyConfig,
    LanConfig,
    LaneConfig,
    ListenConfig,
    MqttConfig,
    OfflineConfig,
    ReaderConfig,
    StoreConfig,
    UpstreamConfig,
)
from posd.config.sources import CONFIG_BYTES_MAX

__all__ = [
    "CONFIG_BYTES_MAX",
    "DEFAULT_PATH",
    "SECTIONS",
    "AlarmConfig",
    "Config",
    "KeyConfig",
    "LanConfig",
    "LaneConfig",
    "ListenConfig",
    "MqttConfig",
    "OfflineConfig",
    "ReaderConfig",
    "StoreConfig",
    "UpstreamConfig",
    "load",
    "load_with",
    "parse",
]

DEFAULT_PATH: Final = Path("/etc/posd/posd.toml")
