"""A credential as the service will have it: found, missing with what helps, or closed."""

import os
from pathlib import Path

import pytest
from msgspec.structs import replace

from posd.doctor.account import Account
from posd.doctor.handed import PASSED, Finder, Missing, Unseen
from posd.doctor.unit import read
from posd.service.credentials import Secret
from tests.unit.posd.doctor.store_machine import TEST_KEY, StoreMachine

STRANGER = 3_999_999_999
NAME = "stripe.key"


@pytest.fixture
def store(tmp_path: Path) -> StoreMachine:
    return StoreMachine(tmp_path)


def finder(store: StoreMachine, user: int | None = None, **environ: str) -> Finder:
    machine = store.as_seen(environ)
    account = Account("posd", os.geteuid() if user is None else user, frozenset())
    return Finder(machine, read(machine), account)


def test_inside_the_service_it_is_found_as_the_service_finds_it(store: StoreMachine) -> None:
    handed = store.write(f"{PASSED}/{NAME}", TEST_KEY, 0o400).parent
    inside = finder(store, CREDENTIALS_DIRECTORY=str(handed))
    found = inside.find(NAME, None)
    assert isinstance(found, Secret)
    assert found.reveal() == TEST_KEY
    missing = inside.find("alarm.token", None)
    assert isinstance(missing, Missing)
    assert missing.told.startswith("credential 'alarm.token': found nothing")


def test_what_systemd_has_passed_on_is_read_while_the_service_runs(store: StoreMachine) -> None:
    store.write(f"{PASSED}/{NAME}", TEST_KEY, 0o400)
    found = finder(store).find(NAME, None)
    assert isinstance(found, Secret)
    assert found.reveal() == TEST_KEY


def test_what_systemd_has_passed_on_to_posds_user_is_read_by_root_too(
    store: StoreMachine,
) -> None:
    passed = store.write(f"{PASSED}/{NAME}", TEST_KEY, 0o400)
    ours = finder(store)
    if os.geteuid() == 0:
        os.chown(passed, STRANGER, -1)
    else:
        ours = replace(ours, machine=replace(ours.machine, user=STRANGER))
    assert isinstance(ours.find(NAME, None), Secret)


def test_one_that_is_encrypted_can_be_looked_into_once_posd_has_it(store: StoreMachine) -> None:
    store.write(f"/etc/credstore.encrypted/{NAME}", "sealed", 0o600)
    store.write("/usr/lib/systemd/system/posd.service", f"LoadCredentialEncrypted={NAME}\n")
    found = finder(store).find(NAME, None)
    assert isinstance(found, Unseen)
    assert found.fix == "systemctl start posd"


def test_a_handed_file_that_others_can_read_is_told_with_what_closes_it(
    store: StoreMachine,
) -> None:
    key = store.write("/etc/credstore/stripe.key", TEST_KEY, 0o644)
    store.write("/usr/lib/systemd/system/posd.service", f"LoadCredential={NAME}\n")
    found = finder(store).find(NAME, None)
    assert isinstance(found, Missing)
    assert "found mode 0644, expected 0600 or less" in found.told
    assert found.fix == (f"chown posd {key} && chmod 600 {key}",)


def test_a_file_that_posds_user_cannot_read_is_told_with_what_gives_it(
    store: StoreMachine,
) -> None:
    key = store.write("/etc/posd/stripe.key", TEST_KEY, 0o600)
    found = finder(store, STRANGER).find(NAME, Path("/etc/posd/stripe.key"))
    assert isinstance(found, Missing)
    assert "posd may not " in found.told or "expected a file of this user" in found.told
    assert found.fix == (f"chown posd {key} && chmod 600 {key}",)


def test_a_file_that_is_not_there_is_to_be_written(store: StoreMachine) -> None:
    found = finder(store).find(NAME, Path("/etc/posd/stripe.key"))
    assert isinstance(found, Missing)
    key = store.root / "etc/posd/stripe.key"
    assert found.fix == (f"write it into {key}, with mode 0600, as posd's",)


def test_a_folder_of_systemds_that_is_closed_is_said_to_be(
    store: StoreMachine, request: pytest.FixtureRequest
) -> None:
    passed = store.write(f"{PASSED}/{NAME}", TEST_KEY, 0o400)
    passed.parent.chmod(0)
    looking = finder(store)
    request.getfixturevalue("closed")
    found = looking.find(NAME, None)
    assert found == Unseen(f"credential '{NAME}': {passed} is closed to you")


def test_a_file_that_is_closed_to_whoever_looks_is_no_fault(
    store: StoreMachine, request: pytest.FixtureRequest
) -> None:
    key = store.write("/etc/posd/stripe.key", TEST_KEY, 0)
    for folder in (store.root, key.parent.parent, key.parent):
        folder.chmod(0o755)
    looking = finder(store)
    request.getfixturevalue("closed")
    found = looking.find(NAME, Path("/etc/posd/stripe.key"))
    assert found == Unseen(f"credential '{NAME}': {key} is closed to you")


def test_a_key_in_a_folder_that_is_closed_is_taken_to_be_there(
    store: StoreMachine, request: pytest.FixtureRequest
) -> None:
    key = store.write("/etc/secret/lan.key", "", 0o600)
    key.parent.chmod(0)
    store.write(
        "/usr/lib/systemd/system/posd.service", "LoadCredential=lan.key:/etc/secret/lan.key\n"
    )
    looking = finder(store)
    request.getfixturevalue("closed")
    assert looking.place("lan.key", Path("/etc/posd/tls/server.key")) == key
