"""What operators' commands do, told to programs: the API's whole answer, as one JSON value."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from posd.__main__ import carry_out
from tests.tidy.test_man_page import ALL, WITHOUT_JSON
from tests.unit.posd.at_socket import RunningPosd, serving

WHY = ["--reason", "Looked at."]
ANSWER: dict[str, Any] = {
    "id": "one_1",
    "object": "posd.thing",
    "state": "owed",
    "status": "closed",
    "code": "ABCD-EFGH",
    "key": "posd_test_abc",
    "refund": "re_1",
    "data": [{"business_day": "2026-11-20"}],
}
EFFECTS = {
    "keys create": ["till 1", "--role", "till"],
    "page code": [],
    "page reset-pin": ["--yes"],
    "readers accept": ["tmr_1", *WHY],
    "readers end-of-day": ["tmr_1"],
    "audit accept": ["2026-11-20", "{form}"],
    "audit drafts approve": ["draft_1", *WHY],
    "audit drafts dismiss": ["draft_1", *WHY],
    "queue retry": ["one_1", *WHY],
    "queue park": ["one_1", *WHY],
    "queue write-off": ["one_1", *WHY],
    "orders create": ["{form}", "--yes"],
    "orders receive": ["thor_1", "--code", "simulated-s700"],
    "orders cancel": ["thor_1", "--yes"],
}
"""Commands that have a running posd do something, and what each is given."""


@pytest.fixture
def posd(tmp_path: Path) -> Iterator[RunningPosd]:
    with serving(RunningPosd(tmp_path / "posd.sock")) as running:
        running.told = (200, json.dumps(ANSWER).encode())
        yield running


@pytest.fixture
def form(tmp_path: Path) -> Path:
    """An order form that orders nothing, or an export: any file."""
    file = tmp_path / "form.toml"
    file.write_text('country = "DE"\n')
    return file


@pytest.mark.parametrize("name", EFFECTS)
def test_programs_are_told_the_whole_answer(
    posd: RunningPosd, form: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    given = [each.format(form=form) for each in EFFECTS[name]]
    assert carry_out([*name.split(), *given, "--json", "--socket", str(posd.path)]) == 0
    expected = ANSWER["data"] if name == "audit accept" else ANSWER
    assert json.loads(capsys.readouterr().out) == expected
    assert [method for method, _, _ in posd.asked] == ["POST"]


def test_every_effect_is_among_them() -> None:
    assert EFFECTS.keys() < ALL.keys() - WITHOUT_JSON


def test_a_program_orders_nothing_whose_price_nobody_looked_at(
    posd: RunningPosd, form: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["orders", "create", str(form), "--json", "--socket", str(posd.path)]
    assert carry_out(asked) == 64
    assert "--yes" in capsys.readouterr().err
    assert not posd.asked


def test_a_key_that_is_only_declared_is_no_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert carry_out(["keys", "create", "till", "--role", "till", "--declare", "--json"]) == 64
    assert "--declare" in capsys.readouterr().err
