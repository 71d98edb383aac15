"""Secrets: where they may lie, what they may be, and that no message repeats one."""

from pathlib import Path

import pytest

from posd.errors import ConfigError
from posd.service.credentials import (
    CREDENTIAL_BYTES_MAX,
    Secret,
    check_stripe_key,
    credential_path,
    read_credential,
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "stripe.key"
    path.write_text("rk_test_fromfile\n", encoding="ascii")
    path.chmod(0o600)
    return path


def test_systemd_comes_first(tmp_path: Path, file: Path) -> None:
    handed = tmp_path / "handed"
    handed.mkdir()
    environ = {"CREDENTIALS_DIRECTORY": str(handed)}
    assert read_credential("stripe.key", file, environ).reveal() == "rk_test_fromfile"
    (handed / "stripe.key").write_text("rk_test_handed\n", encoding="ascii")
    assert read_credential("stripe.key", file, environ).reveal() == "rk_test_handed"


def test_what_only_reads_files_is_told_where_it_lies(tmp_path: Path, file: Path) -> None:
    handed = tmp_path / "handed"
    handed.mkdir()
    environ = {"CREDENTIALS_DIRECTORY": str(handed)}
    assert credential_path("lan.key", file, environ) == file
    (handed / "lan.key").write_text("a key", encoding="ascii")
    assert credential_path("lan.key", file, environ) == handed / "lan.key"
    file.chmod(0o640)
    with pytest.raises(ConfigError, match="found mode 0640, expected 0600"):
        credential_path("lan.key", file, {})


def test_without_either_the_message_says_where_to_put_it() -> None:
    with pytest.raises(ConfigError, match=r"credential 'stripe.key': found nothing.*LoadCredent"):
        read_credential("stripe.key", None, {})


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666])
def test_a_file_that_others_can_read_is_refused(file: Path, mode: int) -> None:
    file.chmod(mode)
    with pytest.raises(ConfigError, match=f"found mode {mode:04o}, expected 0600"):
        read_credential("stripe.key", file, {})


@pytest.mark.parametrize(
    "content",
    [b"", b" \n", b"canary\xff", b"canary\ntwo", b"canary" * CREDENTIAL_BYTES_MAX],
    ids=["empty", "blank", "not ASCII", "two lines", "too long"],
)
def test_a_file_that_is_no_credential_is_refused(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(ConfigError, match="expected one line") as caught:
        read_credential("stripe.key", file, {})
    assert "canary" not in str(caught.value)


def test_a_directory_or_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        read_credential("stripe.key", tmp_path / "none", {})
    with pytest.raises(ConfigError, match="Is a directory"):
        read_credential("stripe.key", tmp_path, {})


def test_a_secret_prints_as_its_length() -> None:
    secret = Secret("rk_live_canary")
    assert f"{secret} {secret!r} {[secret]}".count("canary") == 0
    assert repr(secret) == "<secret of 14 characters>"


@pytest.mark.parametrize(
    ("key", "livemode", "accepted"),
    [
        ("rk_live_canary", True, True),
        ("sk_live_canary", True, False),
        ("rk_test_canary", True, False),
        ("sk_test_canary", True, False),
        ("pk_live_canary", True, False),
        ("canary", True, False),
        ("rk_test_canary", False, True),
        ("sk_test_canary", False, True),
        ("rk_live_canary", False, False),
        ("sk_live_canary", False, False),
        ("whsec_canary", False, False),
    ],
)
def test_the_key_fits_the_mode(key: str, *, livemode: bool, accepted: bool) -> None:
    if accepted:
        check_stripe_key(Secret(key), livemode=livemode)
        return
    with pytest.raises(ConfigError) as caught:
        check_stripe_key(Secret(key), livemode=livemode)
    assert "canary" not in str(caught.value)


def test_a_bench_may_use_a_test_key_in_live_mode() -> None:
    check_stripe_key(Secret("rk_test_canary"), livemode=True, allow_test_upstream=True)
    with pytest.raises(ConfigError, match="sk_live_"):
        check_stripe_key(Secret("sk_live_canary"), livemode=True, allow_test_upstream=True)


def test_the_refusal_of_a_secret_key_lists_the_permissions_to_give() -> None:
    with pytest.raises(ConfigError, match="Payment Records: write"):
        check_stripe_key(Secret("sk_live_canary"), livemode=True)
