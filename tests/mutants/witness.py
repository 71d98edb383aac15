"""The pytest plugin of a trial: writes down which tests failed, and whether by their own assertion.

A test that errs in a fixture, meets an exception of another kind or runs out of time says nothing
about the bug that was planted: it may have failed for anything.
"""

import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from traceback import walk_tb

import pytest

PACKAGES = ("posd", "posd_drivers", "posd_simulator")
DID_NOT_RAISE = "DID NOT RAISE"


class Witness:
    """Collects failures; leaves them as JSON: test id to "" (its assertion) or what else it was."""

    def __init__(self, file: Path, tree: Path) -> None:
        self._file = file
        self._tree = tree
        self._failed: dict[str, str] = {}

    def pytest_exception_interact(
        self,
        node: pytest.Item | pytest.Collector,
        call: pytest.CallInfo[object],
        report: pytest.CollectReport | pytest.TestReport,
    ) -> None:
        """A phase of a test, a subtest or a module that is collected has failed."""
        assert call.excinfo is not None
        error = call.excinfo.value
        own = report.when == "call" and any(self._is_asserted(each) for each in leaves(error))
        if own:
            self._failed[node.nodeid] = ""
        else:
            self._failed.setdefault(node.nodeid, f"{report.when}: {error!r}")

    def pytest_sessionfinish(self) -> None:
        """The run is over."""
        self._file.write_text(json.dumps(self._failed))

    def _is_asserted(self, error: BaseException) -> bool:
        """Whether an assertion that stands in the tests, and not one of posd's, has failed."""
        files = [Path(frame.f_code.co_filename) for frame, _ in walk_tb(error.__traceback__)]
        ours = [file for file in files if file.is_relative_to(self._tree)]
        in_tests = ours and ours[-1].is_relative_to(self._tree / "tests")
        return is_assertion(error) and bool(in_tests)


def is_assertion(error: BaseException) -> bool:
    """Whether it is a failed `assert` or `pytest.raises`; a timeout of pytest's is neither."""
    if isinstance(error, pytest.fail.Exception):
        return str(error).startswith(DID_NOT_RAISE)
    return isinstance(error, AssertionError)


def leaves(error: BaseException) -> Iterator[BaseException]:
    """The error, or what a group of errors is made of."""
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from leaves(each)
    else:
        yield error


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--witness FILE` is the trial's."""
    parser.addoption("--witness", type=Path, required=True, help="write failures to this file")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to run on any posd but that of this tree."""
    for name in PACKAGES:
        file = importlib.import_module(name).__file__
        if file is None or not Path(file).is_relative_to(config.rootpath):
            raise pytest.UsageError(f"{file} would be tested, not {config.rootpath}")
    config.pluginmanager.register(
        Witness(config.getoption("--witness"), config.rootpath), "witness"
    )
