"""`docs/posd.1` has every command with its options and arguments, and every exit status."""

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import pytest
import typer

from posd.cli import app
from tests.tidy.tree import ROOT

FILE = ROOT / "docs" / "posd.1"
PAGE = FILE.read_text(encoding="utf-8")
COMMON = frozenset({"--config", "--socket", "--json", "--help"})
"""Options that are told of once, for all commands that take them."""
WITHOUT_JSON = frozenset(
    {"run", "demo", "config schema", "config example", "readers capture", "readers certify"}
)
"""The daemon itself, what talks to a person at a terminal, and what prints a file."""


class Command(Protocol):
    """A command or a group of them, as typer makes it."""

    @property
    def params(self) -> Sequence[object]:
        """Its options and arguments."""
        ...


def commands(command: Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Command]]:
    """Every command that can be typed, by its words."""
    below: Mapping[str, Command] = getattr(command, "commands", {})
    if not below:
        yield " ".join(path), command
    for name, each in below.items():
        yield from commands(each, (*path, name))


ALL = dict(commands(typer.main.get_command(app)))


def options(command: Command) -> frozenset[str]:
    """What a command takes, by its long names."""
    names = [each for parameter in command.params for each in getattr(parameter, "opts", ())]
    return frozenset(name for name in names if name.startswith("--"))


def documented() -> Mapping[str, str]:
    """Each command's part of the page."""
    parts = re.split(r"^\.Ss posd (.+)$", PAGE.partition("\n.Sh FILES\n")[0], flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_command_has_its_part_and_no_other_has() -> None:
    assert documented().keys() == ALL.keys()


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_option_of_a_command_is_in_its_part(name: str) -> None:
    told = {f"--{each}" for each in re.findall(r"Fl -([\w-]+)", documented().get(name, ""))}
    assert told == options(ALL[name]) - COMMON


def test_the_list_of_those_without_json_names_commands_only() -> None:
    assert ALL.keys() >= WITHOUT_JSON


@pytest.mark.parametrize("name", sorted(ALL))
def test_whatever_shows_something_tells_programs_too(name: str) -> None:
    assert ("--json" in options(ALL[name])) is (name not in WITHOUT_JSON)


def test_the_exit_statuses_are_those_of_the_documents() -> None:
    running = (ROOT / "docs" / "running.md").read_text(encoding="utf-8")
    table = running.partition("## Exit statuses")[2]
    told = re.findall(r"^\| (\d+) \|", table, re.MULTILINE)
    part = PAGE.partition(".Sh EXIT STATUS")[2].partition(".Sh SEE ALSO")[0]
    assert re.findall(r"^\.It (\d+)$", part, re.MULTILINE) == told


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
def test_it_is_mdoc_without_a_complaint() -> None:
    done = subprocess.run(
        ["groff", "-mdoc", "-ww", "-Tutf8", "-z", str(FILE)],
        capture_output=True,
        check=True,
        text=True,
    )
    assert done.stderr == ""
