"""The credential, read anew from where the operator or systemd put it."""

import os
from pathlib import Path

import pytest

from posd import daemon
from posd.config import Config, StoreConfig, UpstreamConfig
from posd.errors import ConfigError


def store(folder: Path, file: Path | None) -> Config:
    return Config(
        StoreConfig(name="Corner", time_zone="Europe/Berlin", currency="eur", state_dir=folder),
        mode="test",
        upstream=UpstreamConfig(kind="stripe", credential_file=file),
    )


def put(file: Path, key: str) -> None:
    file.write_text(f"{key}\n")
    file.chmod(0o600)


async def test_a_file_is_read_as_it_stands_now(tmp_path: Path) -> None:
    file = tmp_path / "stripe.key"
    config = store(tmp_path, file)
    for key in ("rk_test_before", "rk_test_rolled"):
        put(file, key)
        assert await daemon._fresh_key(config) == key


async def test_what_systemd_hands_over_goes_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "CREDENTIALS_DIRECTORY", str(tmp_path))
    put(tmp_path / "stripe.key", "rk_test_handed")
    assert await daemon._fresh_key(store(tmp_path, None)) == "rk_test_handed"


@pytest.mark.parametrize("key", ["", "sk_live_all", "rk_live_store"])
async def test_a_key_that_posd_would_not_start_with_is_not_taken_up(
    tmp_path: Path, key: str
) -> None:
    file = tmp_path / "stripe.key"
    put(file, key)
    with pytest.raises(ConfigError):
        await daemon._fresh_key(store(tmp_path, file))
