"""The terminal's book: counters, restart, a torn last line, reversals."""

from dataclasses import replace
from pathlib import Path

import pytest

from posd_simulator.terminal.ledger import (
    Book,
    Entry,
    FileLedger,
    Line,
    MemoryLedger,
    Transaction,
    book_of,
    encode_line,
    read_ledger,
)
from tests.unit.simulator.terminal.book import entry


def sale(number: int, amount: int = 1250) -> Transaction:
    return Transaction(
        kind="sale",
        terminal_id="12345678",
        amount=amount,
        currency="eur",
        receipt=number,
        trace=number + 100,
        turnover=number,
        at="2026-11-23T10:00:00",
        result=0,
        text="",
        card="visa",
        entry_mode="contactless",
        verification="none",
        authorisation="000123",
    )


def stored(number: int) -> Line:
    return Line(Entry.STORED, sale(number))


def of(*transactions: Transaction) -> Book:
    return book_of(Line(Entry.STORED, it) for it in transactions)


def test_a_new_book_begins_with_ones() -> None:
    book = Book()
    assert (book.next_receipt, book.next_trace, book.next_turnover) == (1, 1, 1)
    assert book.last is None


def test_receipt_and_trace_wrap_to_one() -> None:
    book = Book(receipt=9999, trace=999_999, turnover=999_999)
    assert (book.next_receipt, book.next_trace, book.next_turnover) == (1, 1, 1)


def test_a_stored_transaction_takes_its_numbers() -> None:
    book = book_of([stored(1), stored(2)])
    assert book.last == sale(2)
    assert (book.next_receipt, book.next_trace, book.next_turnover) == (3, 103, 3)


def test_a_declined_one_takes_only_a_trace_number() -> None:
    refused = replace(sale(1), result=5)
    book = book_of([Line(Entry.DECLINED, refused)])
    assert (book.next_receipt, book.next_trace, book.next_turnover) == (1, 102, 1)
    assert book.last is None
    assert book.declined == (refused,)


def test_an_auto_reversal_before_storage_leaves_the_receipt_number_free() -> None:
    reversal = Line(Entry.REVERSED, sale(2), "auto_reversal")
    book = book_of([stored(1), reversal])
    assert book.last == sale(1)
    assert (book.next_receipt, book.next_trace) == (2, 103)
    assert book.reversed == (reversal,)


def test_a_reversal_after_storage_takes_it_back() -> None:
    book = book_of([stored(1), stored(2), Line(Entry.REVERSED, sale(2), "refused_by_till")])
    assert book.last == sale(1)
    assert book.next_receipt == 2


def test_a_reversal_of_the_first_after_the_wrap_gives_its_number_again() -> None:
    wrapped = Book(receipt=9999).with_line(stored(1))
    assert wrapped.with_line(Line(Entry.REVERSED, sale(1), "auto_reversal")).next_receipt == 1


def test_the_file_survives_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    ledger = FileLedger(path)
    ledger.append(stored(1))
    ledger.append(stored(2))
    ledger.close()
    again = FileLedger(path)
    assert again.book == book_of([stored(1), stored(2)])
    again.append(stored(3))
    again.close()
    assert read_ledger(path).last == sale(3)


def test_a_torn_last_line_is_cut_off_and_written_over(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(encode_line(stored(1)) + encode_line(stored(2))[:40])
    assert read_ledger(path).last == sale(1)
    ledger = FileLedger(path)
    ledger.append(stored(2))
    ledger.close()
    assert path.read_bytes() == encode_line(stored(1)) + encode_line(stored(2))


def test_a_line_that_is_no_entry_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(b'{"entry":"stored","reason":""}\n')
    with pytest.raises(ValueError, match="not an entry"):
        read_ledger(path)


def test_no_file_is_an_empty_book(tmp_path: Path) -> None:
    assert read_ledger(tmp_path / "none") == Book()


def test_a_memory_ledger_may_start_with_counters() -> None:
    ledger = MemoryLedger(Book(receipt=16, trace=122, turnover=16))
    assert ledger.book.next_receipt == 17
    ledger.append(stored(17))
    assert ledger.book.last == sale(17)


def test_what_was_taken_back_stands_no_longer_and_a_reservation_never_did() -> None:
    taken, back = entry("sale", 1), entry("reversal", 2, original=101)
    reserved, booked = entry("preauthorisation", 3), entry("booking", 4, original=103)
    given = entry("refund", 5)
    book = of(taken, back, reserved, booked, given)
    assert book.standing == (booked, given)
    assert book.reversal_of(taken) == back
    assert book.reversal_of(given) is None


def test_a_reservation_is_open_until_it_is_booked_or_released() -> None:
    first, second, third = (entry("preauthorisation", number) for number in (1, 2, 3))
    book = of(first, second, third, entry("booking", 4, original=101))
    assert book.open_reservations == (second, third)
    released = of(first, second, third, entry("release", 4, original=103))
    assert released.open_reservations == (first, second)


def test_a_closing_ends_a_period_and_takes_only_a_trace_number() -> None:
    first, second = entry("sale", 1), entry("sale", 2)
    closed = replace(entry("closing", 1), trace=150)
    book = of(first, closed, second)
    assert (book.period, book.period_before) == ((second,), (first,))
    assert (book.closings, book.stored) == ((closed,), (first, second))
    assert book.in_period(1) is None
    assert book.in_period(2) == second
    assert of(first, closed).next_trace == 151
    assert of(first, closed).next_receipt == 2
    assert (of().period, of().period_before) == ((), ())


def test_a_line_of_an_older_ledger_is_read(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_text(
        '{"entry":"stored","reason":"","kind":"sale","terminal_id":"12345678","amount":1250,'
        '"currency":"eur","receipt":1,"trace":101,"turnover":1,"at":"2026-11-23T10:00:00",'
        '"result":0,"text":"","card":"visa","entry_mode":"contactless","verification":"none",'
        '"authorisation":"000123"}\n'
    )
    assert read_ledger(path).last == sale(1)
