"""The page about the simulators says what the simulated Stripe does."""

import re

from typer.testing import CliRunner

from posd_simulator.cli import app
from posd_simulator.cloud.cloud import REQUESTS_KEPT_MAX
from posd_simulator.cloud.director import TABLE
from posd_simulator.cloud.faults import FaultKind
from posd_simulator.cloud.rules.connection_tokens import TOKEN_TTL_S
from posd_simulator.cloud.rules.permissions import Level, Resource
from posd_simulator.cloud.rules.rate_limits import RateLimits
from posd_simulator.cloud.rules.readers import SIMULATED
from tests.tidy.tree import ROOT

PAGE = (ROOT / "docs" / "simulators.md").read_text()


def section(heading: str) -> str:
    return PAGE.partition(f"# {heading}\n")[2].partition("\n#")[0]


def test_the_table_of_directions_is_the_table() -> None:
    rows = re.findall(
        r"^\| (GET|POST|DELETE) \| `([^`]+)` \|", section("Directing it"), re.MULTILINE
    )
    assert rows == [(direction.method, direction.path) for direction in TABLE]


def test_the_table_of_faults_is_the_faults() -> None:
    kinds = re.findall(r"^\| `(\w+)` \|", section("Faults"), re.MULTILINE)
    assert sorted(kinds) == sorted(kind.value for kind in FaultKind)


def test_every_option_is_there() -> None:
    told = CliRunner().invoke(app, ["cloud", "--help"], env={"COLUMNS": "200", "NO_COLOR": "1"})
    options = set(re.findall(r"--[a-z-]+", re.sub(r"\x1b\[[0-9;]*m", "", told.output)))
    stripe = PAGE.partition("\n## Stripe\n")[2]
    documented = set(re.findall(r"^\| `(--[a-z-]+)` \|", stripe, re.MULTILINE))
    assert documented == options - {"--help"}


def test_its_names_and_numbers_are_those_of_the_code() -> None:
    limits = RateLimits()
    assert f"| {TOKEN_TTL_S} seconds |" in PAGE
    assert f"latest {REQUESTS_KEPT_MAX:,} requests" in PAGE
    assert f'{{"live_per_s": {limits.live_per_s}, "test_per_s": {limits.test_per_s}}}' in PAGE
    names = [
        *SIMULATED,
        *(resource.value for resource in Resource),
        *(each.value for each in Level),
    ]
    assert [name for name in names if f"`{name}`" not in PAGE] == []
