"""A folder for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.in_memory import folder_in_memory


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """In memory: a journal waits for its disk at every commit, and these tests commit thousands."""
    with folder_in_memory() as folder:
        yield folder
