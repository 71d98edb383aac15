"""The state directory: whose it is, and what is told where posd could not use it."""

import os
from pathlib import Path

import pytest

from posd.doctor import state
from posd.doctor.account import Account
from posd.doctor.finding import Finding, Verdict
from tests.unit.posd.doctor.store_machine import StoreMachine

STRANGER = 3_999_999_999


@pytest.fixture
def store(tmp_path: Path) -> StoreMachine:
    return StoreMachine(tmp_path)


def looked_at(store: StoreMachine, user: int | None = None) -> list[Finding]:
    account = Account("posd", os.geteuid() if user is None else user, frozenset())
    return list(state.findings(store.as_seen(), account, store.state))


def test_files_of_another_user_are_named_with_what_gives_them_back(store: StoreMachine) -> None:
    store.write("/var/lib/posd/high-water", "", 0o600)
    found = looked_at(store, STRANGER)[0]
    assert found.verdict is Verdict.FIX
    assert found.told == f"{store.state}: not posd's: {store.state}, high-water"
    assert found.fix == (f"chown -R posd: {store.state}",)


def test_a_file_in_the_place_of_the_folder_is_told_with_what_moves_it(store: StoreMachine) -> None:
    store.state.rmdir()
    store.state.touch()
    (found,) = looked_at(store)
    assert found.verdict is Verdict.FIX
    assert found.told == f"{store.state} is no folder"
    assert found.fix == (f"mv {store.state} {store.state}.old",)


def test_a_folder_that_others_may_enter_is_told_and_no_fault(store: StoreMachine) -> None:
    store.state.chmod(0o755)
    found = looked_at(store)[0]
    assert found.verdict is Verdict.OK
    assert found.told == f"{store.state}: free; mode 0755, posd makes it 0700"


def test_a_folder_that_is_closed_to_whoever_looks_is_not_seen(
    store: StoreMachine, request: pytest.FixtureRequest
) -> None:
    store.state.parent.chmod(0)
    request.getfixturevalue("closed")
    (found,) = looked_at(store)
    assert found.verdict is Verdict.NOT_SEEN
    assert found.told == f"{store.state} is closed to you"
    assert found.fix == ("run this as root",)
