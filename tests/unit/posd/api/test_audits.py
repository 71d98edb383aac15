"""Audits and drafted refunds, as they are asked for over HTTP."""

import pytest

from posd.model.audit_facts import TillEntry
from tests.unit.posd.api.audit_fakes import SHA256, AuditBooksFake, DraftsFake
from tests.unit.posd.api.fakes import MANAGER, OBSERVER, TILL, Bench

DAY = "/posd/v1/audit/2026-11-01"


def told(bench: Bench) -> list[object]:
    """What the fakes behind the API were told."""
    books, drafts = bench.audits.books, bench.audits.drafts
    assert isinstance(books, AuditBooksFake)
    assert isinstance(drafts, DraftsFake)
    return [*books.told, *drafts.told]


async def test_an_audit_is_told_as_json_and_as_csv_under_one_hash() -> None:
    bench = Bench()
    async with bench.client(MANAGER) as client:
        answer = await client.get(DAY)
        assert answer.json() == {
            "object": "posd.audit",
            "period": "2026-11-01",
            "export_sha256": SHA256,
            "days": [],
        }
        answer = await client.get(DAY, params={"format": "csv"})
    assert answer.text == "business_day,reader\r\n"
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert answer.headers["posd-export-sha256"] == SHA256


async def test_a_person_accepts_an_export_by_its_hash() -> None:
    bench = Bench()
    async with bench.client(MANAGER) as client:
        form = {"export_sha256": SHA256, "reason": "One was taken by hand."}
        answer = await client.post(f"{DAY}/accept", data=form)
    (accepted,) = answer.json()["data"]
    assert (accepted["agreement"], accepted["accepted_by"]) == ("equal", "key_manager")
    assert told(bench) == [("2026-11-01", SHA256, "One was taken by hand.", "key_manager")]


async def test_a_till_posts_what_it_has_line_by_line() -> None:
    bench = Bench()
    async with bench.client(TILL) as client:
        lines = "pi_posd_1,1250,EUR\nA-17, part 2,-300,eur\n\n"
        answer = await client.post(f"{DAY}/till_list", data={"payments": lines, "part": "2"})
    assert answer.json()["count"] == 2
    entries = (
        TillEntry(1250, "eur", payment_intent="pi_posd_1"),
        TillEntry(-300, "eur", order="A-17, part 2"),
    )
    assert told(bench) == [("2026-11-01", entries, 2, "key_till")]


@pytest.mark.parametrize(
    "payments",
    ["A-17,1250", "A-17,12.50,eur", "A-17,1250,euro", ",1250,eur", "A-17,100000000,eur"],
)
async def test_a_line_that_is_not_money_is_refused(payments: str) -> None:
    bench = Bench()
    async with bench.client(TILL) as client:
        answer = await client.post(f"{DAY}/till_list", data={"payments": payments})
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "payments"
    assert told(bench) == []


async def test_a_draft_is_shown_approved_and_dismissed_by_a_manager() -> None:
    bench = Bench()
    async with bench.client(MANAGER) as client:
        (draft,) = (await client.get("/posd/v1/refund_drafts")).json()["data"]
        assert (draft["id"], draft["status"], draft["other"]) == (
            "draft_posd_2",
            "open",
            "pi_posd_1",
        )
        path = f"/posd/v1/refund_drafts/{draft['id']}"
        form = {"reason": "Paid twice.", "reader": "tmr_posd_1"}
        approved = await client.post(f"{path}/approve", data=form)
        assert approved.json()["refund"] == "re_posd_1"
        dismissed = await client.post(f"{path}/dismiss", data={"reason": "Two orders."})
        assert dismissed.json()["status"] == "dismissed"
    assert told(bench) == [
        ("draft_posd_2", "Paid twice.", "tmr_posd_1", "key_manager"),
        ("draft_posd_2", "Two orders.", "key_manager"),
    ]


@pytest.mark.parametrize("key", [TILL, OBSERVER])
async def test_only_a_manager_decides(key: str) -> None:
    bench = Bench()
    async with bench.client(key) as client:
        for path in (f"{DAY}/accept", "/posd/v1/refund_drafts/d/approve"):
            answer = await client.post(path, data={"export_sha256": SHA256, "reason": "Because."})
            assert answer.status_code == 403
    assert told(bench) == []
