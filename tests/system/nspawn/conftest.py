"""A package built once, a container for each test, a store in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.nspawn import package
from tests.system.nspawn.needs import missing
from tests.system.nspawn.store import Store, booted

NEWER = "9.0.0"


@pytest.fixture(scope="session", autouse=True)
def machine_has_what_it_needs() -> None:
    if reason := missing():
        pytest.skip(f"no make system here: {reason}")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return package.build(tmp_path_factory.mktemp("package"))


@pytest.fixture(scope="session")
def newer(built: Path) -> Path:
    return package.as_version(built, NEWER)


@pytest.fixture(scope="session")
def broken(built: Path) -> Path:
    return package.as_version(built, "9.0.1", package.that_cannot_start)


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Store]:
    """A store to be: nothing is installed."""
    with booted(tmp_path) as store:
        yield store


@pytest.fixture
def store(bare: Store, built: Path) -> Store:
    """Installed, started, its reader online."""
    bare.install(built)
    bare.open()
    return bare


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory, built: Path) -> Iterator[Store]:
    """The same for all tests of a module: what each does, the next need not know."""
    with booted(tmp_path_factory.mktemp("lasting")) as store:
        store.install(built)
        store.open()
        store.sell(100, "first")
        yield store
