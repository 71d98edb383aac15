"""`posd audit`: what it asks a running posd, what it prints, and how it ends."""

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from posd.__main__ import carry_out
from posd.cli_audit import CAUSES, WORDS
from posd.model.audit_facts import DraftCause
from posd.model.closing import Agreement
from posd.render.audit import audit as rendered
from posd.render.refund_draft import refund_draft
from posd_drivers.card_reader import Totals
from tests.unit.posd.api.audit_fakes import DRAFT
from tests.unit.posd.at_socket import PosdAtSocket, serving
from tests.unit.posd.audit.books import TODAY, books
from tests.unit.posd.closings import closed
from tests.unit.posd.giving_back import paid
from tests.unit.posd.stage import Stage, played

AUDIT = f"/posd/v1/audit/{TODAY}"
CSV = "business_day,reader\r\n2026-11-01,tmr_posd_1\r\n"
STORE = {"locale": "en", "time_zone": "UTC"}
ACCEPTED = {
    "business_day": TODAY,
    "agreement": "differs",
    "first_seq": 17,
    "last_seq": 42,
    "last_hash": "ab" * 32,
}


class AuditedPosd(PosdAtSocket):
    """It has `answers` by path."""

    def __init__(self, path: Path) -> None:
        self.answers: dict[str, Any] = {"/posd/v1/status": STORE}
        super().__init__(path)

    @override
    def answer(self, method: str, path: str, form: dict[str, str]) -> tuple[int, bytes]:
        told = self.answers[path]
        return 200, told.encode() if isinstance(told, str) else json.dumps(told).encode()


@pytest.fixture
def posd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AuditedPosd]:
    monkeypatch.setenv("COLUMNS", "200")
    with serving(AuditedPosd(tmp_path / "posd.sock")) as server:
        yield server


def run(posd: AuditedPosd, *arguments: str) -> int:
    return carry_out(["audit", *arguments, "--socket", str(posd.path)])


def audited(folder: Path, turnover: int) -> dict[str, Any]:
    """What posd tells of a day with a sale of 12.50, at a terminal with that turnover."""
    told: dict[str, Any] = {}

    async def scene(on: Stage) -> None:
        on.clock.now_ms += 36_000_000
        await closed(on)
        await paid(on, 1250)
        on.terminal.turnover = Totals(turnover)
        await closed(on)
        export = await books(on).audited(TODAY)
        told.update(rendered(export.period, export.days, export.sha256))

    folder.mkdir()
    played(folder, scene)
    return told


def test_a_period_is_asked_for_without_a_word_and_shown_side_by_side(
    posd: AuditedPosd, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    posd.answers[AUDIT] = audited(tmp_path / "store", turnover=1251)
    assert run(posd, TODAY) == 1
    told = capsys.readouterr().out
    assert "2026-11-01: DIFFERS" in told
    assert "€12.50" in told
    assert "€12.51 DIFFERS" in told
    assert ": journal 1250, terminal 1251" in told
    assert "not checked: no stripe" in told


def test_only_an_equal_day_ends_with_0(posd: AuditedPosd, tmp_path: Path) -> None:
    equal = audited(tmp_path / "store", turnover=1250)
    posd.answers[AUDIT] = equal
    assert run(posd, TODAY) == 1  # the first period's beginning was not seen
    equal["days"][0]["agreement"] = "equal"
    assert run(posd, TODAY) == os.EX_OK


def test_csv_and_json_are_printed_as_they_are(
    posd: AuditedPosd, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    posd.answers |= {f"{AUDIT}?format=csv": CSV, AUDIT: {"object": "posd.audit"}}
    assert run(posd, TODAY, "--csv") == os.EX_OK
    assert capfdbinary.readouterr().out == CSV.encode()
    assert run(posd, TODAY, "--json") == os.EX_OK
    assert capfdbinary.readouterr().out == b'{"object": "posd.audit"}'
    assert run(posd, TODAY, "--json", "--csv") == os.EX_USAGE


def test_an_export_is_accepted_by_its_octets(
    posd: AuditedPosd, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    posd.answers[f"{AUDIT}/accept"] = {"object": "list", "data": [ACCEPTED]}
    export = tmp_path / "day.csv"
    export.write_bytes(CSV.encode())
    assert run(posd, "accept", TODAY, str(export), "--reason", "By hand.") == os.EX_OK
    sha256 = hashlib.sha256(CSV.encode()).hexdigest()
    form = {"export_sha256": sha256, "reason": "By hand."}
    assert posd.asked == [("POST", f"{AUDIT}/accept", form)]
    assert "2026-11-01: accepted, DIFFERS. Facts 17 to 42" in capsys.readouterr().out


def test_drafts_are_listed_approved_and_dismissed(
    posd: AuditedPosd, capsys: pytest.CaptureFixture[str]
) -> None:
    path = f"/posd/v1/refund_drafts/{DRAFT.id}"
    told = refund_draft(DRAFT)
    posd.answers |= {
        "/posd/v1/refund_drafts": {"data": [told]},
        f"{path}/approve": told,
        f"{path}/dismiss": told,
    }
    assert run(posd, "drafts", "list") == os.EX_OK
    line = "draft_posd_2: €12.50, order A-17, paid twice, before with pi_posd_1\n"
    assert capsys.readouterr().out == line
    assert run(posd, "drafts", "approve", DRAFT.id, "--reason", "Twice.") == os.EX_OK
    assert run(posd, "drafts", "dismiss", DRAFT.id, "--reason", "Two bills.") == os.EX_OK
    assert posd.asked[-2:] == [
        ("POST", f"{path}/approve", {"reason": "Twice."}),
        ("POST", f"{path}/dismiss", {"reason": "Two bills."}),
    ]


def test_every_word_that_posd_tells_has_one_for_the_operator() -> None:
    assert set(WORDS) == {one.value for one in Agreement}
    assert set(CAUSES) == {one.value for one in DraftCause}


def test_drafts_are_told_to_programs_and_none_is_said(
    posd: AuditedPosd, capsys: pytest.CaptureFixture[str]
) -> None:
    posd.answers["/posd/v1/refund_drafts"] = {"data": [refund_draft(DRAFT)]}
    assert run(posd, "drafts", "list", "--json") == os.EX_OK
    assert DRAFT.id in capsys.readouterr().out
    posd.answers["/posd/v1/refund_drafts"] = {"data": []}
    assert run(posd, "drafts", "list") == os.EX_OK
    assert capsys.readouterr().out == "Nothing is drafted.\n"


def test_a_day_without_facts_says_that_nothing_happened(
    posd: AuditedPosd, capsys: pytest.CaptureFixture[str]
) -> None:
    day = {"business_day": TODAY, "agreement": "equal", "chain": None}
    posd.answers[AUDIT] = {"days": [day]}
    assert run(posd, TODAY) == os.EX_OK
    assert capsys.readouterr().out == "2026-11-01: equal\nNothing happened.\n"
