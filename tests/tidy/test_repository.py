"""What must not be in the repository: addresses of registries, names that say nothing."""

import re

import pytest

from tests.tidy.tree import ROOT, files, name_of

TEXT = files(
    "", ".py", ".md", ".toml", ".txt", ".in", ".lock", ".sql", ".html", ".css", ".js", ".service"
)
REGISTRY = re.compile(r"pypi\.org|python[h]osted|registry\.npmjs|(deb|security)\.debian\.org")
SAYS_NOTHING = {"util", "utils", "helper", "helpers", "common", "misc", "manager", "base_classes"}


def test_no_file_names_the_address_of_a_registry() -> None:
    naming = [name_of(file) for file in TEXT if REGISTRY.search(file.read_text())]
    assert not naming


def test_an_address_of_a_registry_would_be_found() -> None:
    assert REGISTRY.search("index = https://pypi" + ".org/simple")


def test_the_locks_are_hashed_files_without_addresses() -> None:
    assert not (ROOT / "uv.lock").exists()
    for lock in files(".lock"):
        pins = lock.read_text().count("==")
        assert pins
        assert lock.read_text().count("--hash=sha256:") >= pins, name_of(lock)


@pytest.mark.parametrize("package", ["posd", "drivers", "simulator", "tests"])
def test_every_module_is_named_for_what_it_holds(package: str) -> None:
    named = [file for file in files(".py") if name_of(file).startswith(package)]
    assert named
    assert not [name_of(file) for file in named if file.stem in SAYS_NOTHING]


def test_every_folder_of_code_is_a_package_with_a_map() -> None:
    for folder in {file.parent for file in files(".py")}:
        assert (folder / "__init__.py").exists(), name_of(folder)
    for package in ("posd", "drivers/posd_drivers", "simulator/posd_simulator"):
        for front in (ROOT / package).rglob("__init__.py"):
            assert front.read_text().startswith('"""'), name_of(front)
