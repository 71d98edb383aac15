"""Figures that a test wants to be read: told in the summary, from whichever worker they come.

A test says `record_property(FIGURE, "ZVT vectors: 104 of 104")`.
"""

from typing import Final

import pytest

FIGURE: Final = "figure"


class Figures:
    """Collects what the tests of a run recorded."""

    def __init__(self) -> None:
        self._figures: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """The last phase of a test carries what it recorded."""
        if report.when == "teardown":
            self._figures += [
                str(value) for name, value in report.user_properties if name == FIGURE
            ]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """One line each."""
        for figure in self._figures:
            terminalreporter.write_line(figure)


def pytest_configure(config: pytest.Config) -> None:
    """Workers of a parallel run report to the process that started them."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Figures(), "figures")
