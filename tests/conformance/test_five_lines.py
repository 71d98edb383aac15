"""README's five lines, run as they stand with the official SDK against real processes."""

import io
import re
from collections.abc import Iterator
from contextlib import closing, redirect_stdout
from pathlib import Path

import pytest

from posd.demo.stage import PORT, five_lines
from posd.demo.stage import READER as DEMO_READER
from tests.crash.child import Nursery
from tests.crash.store import KEY, READER, Store, Stripe, eventually

README = Path(__file__).parents[2] / "README.md"
BLOCK = re.compile(r"<!-- five-lines -->\n```python\n(.*?)```\n<!-- /five-lines -->", re.DOTALL)
AMOUNT = 1250
REPORTED_S = 60.0


def block() -> str:
    found = BLOCK.findall(README.read_text())
    assert len(found) == 1, "one program between the markers"
    program: str = found[0]
    return program


@pytest.fixture
def store(tmp_path: Path, nursery: Nursery, stripe: Stripe) -> Iterator[Store]:
    with closing(Store(tmp_path / "store", nursery, stripe=stripe)) as store:
        store.open()
        yield store


def test_readme_shows_what_the_demo_prints() -> None:
    assert block() == five_lines(f"http://127.0.0.1:{PORT}", "KEY", DEMO_READER)


def test_they_are_five() -> None:
    imports, _, program = block().partition("\n\n")
    assert all(line.startswith("import ") for line in imports.splitlines())
    assert len(program.splitlines()) == 5


def test_the_five_lines_take_a_payment(store: Store) -> None:
    program = block()
    for placeholder, real in (
        ("KEY", KEY),
        (f"http://127.0.0.1:{PORT}", f"http://127.0.0.1:{store.port}"),
        (DEMO_READER, READER),
    ):
        assert placeholder in program
        program = program.replace(placeholder, real)
    said = io.StringIO()
    with redirect_stdout(said):
        exec(compile(program, README.name, "exec"), {})  # noqa: S102 (README's own program)
    assert said.getvalue() == "succeeded\n"
    intent = store.till.get("/v1/payment_intents").json()["data"][0]["id"]
    assert store.booked(AMOUNT) == 1
    assert eventually(lambda: store.guaranteed(intent) == [AMOUNT], REPORTED_S)
