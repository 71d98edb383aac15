"""The CSV for the bookkeeper, octet by octet, and the JSON of the same findings."""

import csv
import io

import msgspec
from msgspec.structs import replace

from posd.model.audit import (
    Books,
    Pair,
    Standing,
    Sum,
    Unchecked,
)
from posd.model.audit_facts import Difference, Side
from posd.model.audit_findings import Chain, DayFindings, PeriodFindings
from posd.model.closing import Agreement, Closing, Takings
from posd.render.audit import audit
from posd.render.audit_csv import COLUMNS, table
from posd_drivers.card_reader import Totals

TAKINGS = Takings(since_ms=1_793_520_000_000, count=2, amount=1230, given_back=1)
BOOKS = Books(
    reader="tmr_posd_1",
    currency="eur",
    terminal_id="52523535",
    takings=TAKINGS,
    taken=Sum(2, 1980),
    given_back=Sum(1, -750),
    imported_refunds=Sum(1, 250),
    by_standing={Standing.REPORTED: Sum(2, 500), Standing.WAITING: Sum(1, 730)},
    closing=Closing("att_eod", 1_793_563_200_000, Totals(1231), TAKINGS),
)
PERIOD = PeriodFindings(
    books=BOOKS,
    terminal=Pair(
        Agreement.DIFFERS,
        (),
        (Difference(Side.TERMINAL, "amount", "att_eod", 1230, 1231),),
        1,
    ),
    stripe=Pair(Agreement.NOT_CHECKED, (Unchecked.STILL_OWED, Unchecked.OFFLINE)),
    till=Pair(Agreement.NOT_CHECKED, (Unchecked.NO_LIST,)),
    at_stripe=Sum(2, 500),
)
DAY = DayFindings(
    business_day="2026-11-01",
    from_ms=1_793_505_600_000,
    to_ms=1_793_592_000_000,
    chain=Chain(17, 42, "aa" * 32, "bb" * 32),
    periods=(PERIOD,),
    elsewhere=(Difference(Side.TILL, "unknown", 'A-"9",\n', None, 990),),
)
HEAD = (
    "business_day,reader,terminal_id,end_of_day,begun_utc,closed_utc,currency,taken_count,"
    "taken_amount,given_back_count,given_back_amount,net_amount,at_risk_amount,imported_amount,"
    "imported_refund_amount,unproven_count,terminal_amount,terminal,reported_amount,waiting_amount,parked_amount,"
    "written_off_amount,not_owed_amount,stripe_amount,stripe,till_amount,till,differences,"
    "first_seq,first_hash,last_seq,last_hash\r\n"
)
LINE = (
    "2026-11-01,tmr_posd_1,52523535,att_eod,2026-11-01T08:00:00Z,2026-11-01T20:00:00Z,eur,2,1980,"
    "1,-750,1230,0,0,250,0,1231,differs,500,730,0,0,0,500,not_checked still_owed offline,0,"
    'not_checked no_list,"terminal:amount:att_eod:1230:1231 till:unknown:A-""9"",\n::990",'
    f"17,{'aa' * 32},42,{'bb' * 32}\r\n"
)


def test_one_period_is_one_line_in_the_documented_columns() -> None:
    assert table([DAY]) == HEAD + LINE


def test_a_program_reads_back_what_was_written() -> None:
    (row,) = csv.DictReader(io.StringIO(table([DAY]), newline=""))
    assert set(row) == set(COLUMNS)
    assert int(row["net_amount"]) == int(row["taken_amount"]) + int(row["given_back_amount"])


def test_no_cell_is_a_formula() -> None:
    evil = replace(DAY, periods=(replace(PERIOD, books=replace(BOOKS, terminal_id="=1+1")),))
    assert ",'=1+1," in table([evil])


def test_a_day_without_periods_is_no_line() -> None:
    assert table([DayFindings("2026-11-01", 0, 1, None)]) == HEAD


def test_the_same_is_told_as_json() -> None:
    told = msgspec.json.decode(msgspec.json.encode(audit("2026-11-01", [DAY], "ab" * 32)))
    (day,) = told["days"]
    assert (day["agreement"], day["from"], day["to"]) == ("differs", 1_793_505_600, 1_793_592_000)
    assert day["chain"] == {
        "verified": True,
        "first_seq": 17,
        "first_hash": "aa" * 32,
        "last_seq": 42,
        "last_hash": "bb" * 32,
    }
    (period,) = day["periods"]
    assert period["journal"]["with_stripe"]["waiting"] == {"count": 1, "amount": 730}
    assert period["terminal"]["totals"]["amount"] == 1231
    assert period["terminal"]["differences"] == [
        {
            "side": "terminal",
            "kind": "amount",
            "subject": "att_eod",
            "journal": 1230,
            "other": 1231,
        }
    ]
    assert period["stripe"]["unchecked"] == ["still_owed", "offline"]
