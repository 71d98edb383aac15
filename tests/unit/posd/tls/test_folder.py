"""The files of a store's authority: who may read them, and that each is replaced whole."""

import os
import stat
from pathlib import Path

import pytest

from posd.tls.authority import OutsideAuthority, names_of
from posd.tls.folder import CannotKeep, TlsFolder
from tests.unit.posd.tls.shop import DAYS, NAMES, STORE, founded, now

MODES = {"ca.crt": 0o644, "ca.key": 0o600, "server.crt": 0o644, "server.key": 0o600}


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_secrets_are_closed_and_the_rest_is_open_whatever_the_umask(
    tmp_path: Path, umask: int
) -> None:
    before = os.umask(umask)
    try:
        founded(tmp_path)
    finally:
        os.umask(before)
    assert {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()} == MODES


def test_an_authority_that_machines_may_trust_is_not_replaced(tmp_path: Path) -> None:
    folder = founded(tmp_path)
    before = folder.authority.read_bytes()
    with pytest.raises(CannotKeep, match="there is an authority already"):
        folder.found(STORE, NAMES, now())
    assert folder.authority.read_bytes() == before


def test_a_renewed_certificate_has_the_same_authority_and_another_key(tmp_path: Path) -> None:
    folder = founded(tmp_path)
    before = [file.read_bytes() for file in (folder.authority, folder.certificate, folder.key)]
    folder.renew(STORE, ["other.local"], now(), DAYS)
    after = [file.read_bytes() for file in (folder.authority, folder.certificate, folder.key)]
    assert [old == new for old, new in zip(before, after, strict=True)] == [True, False, False]
    assert names_of(after[1]) == ("other.local",)


def test_a_name_that_the_authority_is_not_for_leaves_everything(tmp_path: Path) -> None:
    folder = founded(tmp_path)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    with pytest.raises(OutsideAuthority):
        folder.renew(STORE, ["bank.example"], now(), DAYS)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_what_a_power_cut_left_is_in_nobodys_way(tmp_path: Path) -> None:
    folder = founded(tmp_path)
    (tmp_path / "server.key.new").write_text("half a key")
    folder.renew(STORE, NAMES, now(), DAYS)
    assert {file.name for file in tmp_path.iterdir()} == MODES.keys()


def test_where_there_is_no_authority_the_message_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CannotKeep, match=r"ca.crt: No such file .*'posd tls init'"):
        TlsFolder(tmp_path).renew(STORE, NAMES, now(), DAYS)


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("precious")
    with pytest.raises(CannotKeep, match="file"):
        TlsFolder(tmp_path / "file" / "tls").found(STORE, NAMES, now())
    assert (tmp_path / "file").read_text() == "precious"


def test_a_user_who_does_not_exist_gets_no_key(tmp_path: Path) -> None:
    founded(tmp_path)
    with pytest.raises(CannotKeep, match="no such user"):
        TlsFolder(tmp_path, owner="nobody-of-that-name").renew(STORE, NAMES, now(), DAYS)
