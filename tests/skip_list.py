"""A skipped test is never silent: pytest prints one line each, and where CI is set it is listed.

`tests/skips.txt` holds one test id a line (shell wildcards allowed), then ` # ` and the reason why
a checker's machine may lack what the test needs.
"""

import json
import os
from collections import Counter
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

LISTED = Path(__file__).with_name("skips.txt")
COUNTED = ("passed", "failed", "error", "skipped", "xfailed")


def patterns(text: str) -> list[str]:
    """The test ids of the list, without reasons, blank lines and comments."""
    lines = (line.partition(" # ")[0].strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def unlisted(skipped: Sequence[str], allowed: Sequence[str]) -> list[str]:
    """The skipped test ids that no pattern covers."""
    return [test for test in skipped if not any(fnmatchcase(test, each) for each in allowed)]


class SkipList:
    """Collects what was skipped; with CI set, an unlisted skip fails the run."""

    def __init__(self, allowed: Sequence[str], *, strict: bool) -> None:
        self._allowed = allowed
        self._strict = strict
        self._skipped: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One phase of one test is over."""
        if report.skipped and not hasattr(report, "wasxfail"):
            self._skipped.append(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A whole module may be skipped before its tests are known."""
        if report.skipped:
            self._skipped.append(report.nodeid)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """The exit status says it too."""
        if self._strict and unlisted(self._skipped, self._allowed):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """The skips that fail the run."""
        for test in unlisted(self._skipped, self._allowed) if self._strict else ():
            terminalreporter.write_line(f"FAILED {test}: skipped, and not in tests/skips.txt")


class Tally:
    """Leaves the numbers of a run in a file, for the table over all tiers."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """The run is over."""
        numbers = Counter({name: len(terminalreporter.stats.get(name, ())) for name in COUNTED})
        self._file.write_text(json.dumps(numbers))


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--tally FILE` is the runner's."""
    parser.addoption("--tally", type=Path, help="write the numbers of the run to this file")


def pytest_configure(config: pytest.Config) -> None:
    """Workers of a parallel run report to the process that started them, which counts."""
    if hasattr(config, "workerinput"):
        return
    allowed = patterns(LISTED.read_text())
    strict = os.environ.get("CI") == "true"
    config.pluginmanager.register(SkipList(allowed, strict=strict), "skip-list")
    tally = config.getoption("--tally")
    if isinstance(tally, Path):
        config.pluginmanager.register(Tally(tally), "tally")
