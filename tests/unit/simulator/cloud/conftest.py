from collections.abc import Iterator

import pytest

from tests.unit.simulator.cloud.process import Simulator, running


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with running() as simulator:
        yield simulator
