"""The page about the simulators says what the simulated terminal does."""

import re
from dataclasses import fields

from typer.testing import CliRunner

from posd_simulator.cli import app
from posd_simulator.terminal.commands import SCRIPTS
from posd_simulator.terminal.day import ACTS
from posd_simulator.terminal.faults import Moment
from posd_simulator.terminal.habits import Habits
from posd_simulator.terminal.ordering import COUNTED, FATES
from posd_simulator.terminal.profiles import PROFILES, Profile
from posd_simulator.terminal.settings import RESTART_S, UPDATE_S
from tests.tidy.test_simulators import PAGE, section


def test_every_option_is_there() -> None:
    told = CliRunner().invoke(app, ["terminal", "--help"], env={"COLUMNS": "200", "NO_COLOR": "1"})
    options = set(re.findall(r"(?<!\w)--[a-z-]+", re.sub(r"\x1b\[[0-9;]*m", "", told.output)))
    documented = re.findall(r"^\| `(--[a-z-]+)` \|", chapter("The terminal"), re.MULTILINE)
    assert set(documented) == options - {"--help"}


def test_the_table_of_commands_is_the_table() -> None:
    rows = re.findall(r"^\| `(\w\w \w\w)` \|", section("Commands it knows"), re.MULTILINE)
    assert sorted(int(row.replace(" ", ""), 16) for row in rows) == sorted(SCRIPTS)
    assert f"away for {RESTART_S:.0f} s" in PAGE
    assert f"away for {UPDATE_S:.0f} s" in PAGE


def test_the_table_of_faults_is_the_faults() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", section("What goes wrong at it"), re.MULTILINE)
    assert rows == [*FATES, *COUNTED]
    assert [moment for moment in Moment if f"`{moment.value}`" not in PAGE] == []


def test_what_a_cardholder_does_is_there() -> None:
    assert [act for act in ACTS if f"`{act}`" not in section("Days and recordings")] == []


def test_the_table_of_makes_is_the_table() -> None:
    assert [row(profile) for profile in PROFILES if row(profile) not in section("Makes")] == []
    assert len(re.findall(r"^\| `\w+` \|", section("Makes"), re.MULTILINE)) == len(PROFILES)


def chapter(heading: str) -> str:
    return PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def row(profile: Profile) -> str:
    own = [it.name for it in fields(Habits) if getattr(profile.habits, it.name) != it.default]
    habits = ", ".join(f"`{name}`" for name in own)
    return f"| `{profile.name}` | {profile.terminal} | {habits} | {profile.source} |"
