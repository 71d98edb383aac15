"""What moves money, through the port: each command's octets, and what its answer becomes."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

import pytest

from posd_drivers.ability import Operation
from posd_drivers.card_reader import (
    AbortCause,
    Aborted,
    Answer,
    Approved,
    BrandTotals,
    CardReader,
    Declined,
    Kind,
    Original,
    Receipt,
    Reported,
    Totals,
)
from posd_drivers.errors import NotSent, OutcomeUnknown, Unsupported
from posd_drivers.transport.memory import Cut, pair
from tests.unit.drivers.zvt.scripted import (
    COMPLETION,
    GOOD,
    SETTINGS,
    DiskFullError,
    Script,
    TillFake,
    outcome_of,
)
from tests.unit.drivers.zvt.test_money_closing import TOTALS

SALE = Original(receipt=12, amount=1250, currency="eur", trace=123)
RESERVED = Original(receipt=23, amount=5000, currency="eur")

Move = Callable[[CardReader, TillFake], Awaitable[Answer]]


def reserve(reader: CardReader, till: TillFake) -> Awaitable[Answer]:
    return reader.preauthorize(5000, "eur", till)


def capture(reader: CardReader, till: TillFake) -> Awaitable[Answer]:
    return reader.capture(RESERVED, 3150, till)


def release(reader: CardReader, till: TillFake) -> Awaitable[Answer]:
    return reader.release(RESERVED, till)


def reverse(reader: CardReader, till: TillFake) -> Awaitable[Answer]:
    return reader.reverse(SALE, till)


def refund(reader: CardReader, till: TillFake) -> Awaitable[Answer]:
    return reader.refund(500, "eur", till)


def close_day(reader: CardReader, till: TillFake) -> Awaitable[Answer]:
    return reader.end_of_day(till)


# Typed from zvt.md 6.1 and 14.9 to 14.11: the command, the status information, what it needs.
MOVES: dict[Move, tuple[str, str, Operation]] = {
    reserve: (
        "06 22 0a 04 00 00 00 00 50 00 49 09 78",
        "04 0f 0c 27 00 04 00 00 00 00 50 00 87 00 23",
        Operation.PREAUTHORISATION,
    ),
    capture: (
        "06 24 0d 87 00 23 04 00 00 00 00 31 50 49 09 78",
        "04 0f 0c 27 00 04 00 00 00 00 31 50 87 00 24",
        Operation.CAPTURE,
    ),
    release: (
        "06 25 0d 87 00 23 04 00 00 00 00 50 00 49 09 78",
        "04 0f 0c 27 00 04 00 00 00 00 50 00 87 00 24",
        Operation.CAPTURE,
    ),
    reverse: (
        "06 30 10 00 00 00 87 00 12 04 00 00 00 00 12 50 49 09 78",
        "04 0f 10 27 00 04 00 00 00 00 12 50 37 00 01 23 87 00 13",
        Operation.REVERSAL,
    ),
    refund: (
        "06 31 0d 00 00 00 04 00 00 00 00 05 00 49 09 78",
        "04 0f 0c 27 00 04 00 00 00 00 05 00 87 00 13",
        Operation.REFUND,
    ),
    close_day: ("06 50 03 00 00 00", TOTALS, Operation.END_OF_DAY),
}
EVERY_MOVE = pytest.mark.parametrize("move", MOVES, ids=lambda move: str(move.__name__))


def outcome(script: Script, move: Move, till: TillFake | None = None) -> Answer | Exception:
    return outcome_of(script, lambda reader: move(reader, till or TillFake()))


def approval(move: Move) -> Script:
    """What an approving terminal hears and says."""
    command, status, _ = MOVES[move]
    return [(command, GOOD), ("", status), (GOOD, COMPLETION), (GOOD, "")]


@EVERY_MOVE
def test_an_approval_is_reported_then_approved_then_answered(move: Move) -> None:
    till = TillFake()
    answer = outcome(approval(move), move, till)
    assert isinstance(answer, Approved)
    assert till.told == ["acknowledged", Reported(answer.transaction), answer]


@EVERY_MOVE
@pytest.mark.parametrize(("code", "word"), [(5, "generic_decline"), (0x78, "expired_card")])
def test_a_no_of_issuer_or_card_is_a_decline(move: Move, code: int, word: str) -> None:
    command, _, _ = MOVES[move]
    script = [
        (command, GOOD + f"04 0f 02 27 {code:02x}"),
        (GOOD, f"06 1e 01 {code:02x}"),
        (GOOD, ""),
    ]
    answer = outcome(script, move)
    assert isinstance(answer, Declined)
    assert (answer.code, answer.decline_code) == (code, word)


@EVERY_MOVE
def test_a_refusal_at_once_is_the_terminals(move: Move) -> None:
    command, _, _ = MOVES[move]
    assert outcome([(command, "84 83 00")], move) == Aborted(0x83, AbortCause.DEVICE)


@EVERY_MOVE
def test_silence_is_unknown(move: Move) -> None:
    command, _, _ = MOVES[move]
    unknown = outcome([(command, GOOD)], move)
    assert isinstance(unknown, OutcomeUnknown)


@EVERY_MOVE
def test_a_link_that_is_lost_at_any_octet_of_the_command(move: Move) -> None:
    command, _, _ = MOVES[move]
    for octets in range(len(bytes.fromhex(command))):
        wire = partial(pair, to_pt=[Cut(octets)])
        lost = outcome_of([], lambda reader: move(reader, TillFake()), link=wire)
        assert isinstance(lost, OutcomeUnknown if octets else NotSent)


@EVERY_MOVE
def test_what_its_make_cannot_do_is_refused_before_anything_is_sent(move: Move) -> None:
    _, _, operation = MOVES[move]
    settings = replace(SETTINGS, cannot=frozenset({operation}))
    refused = outcome_of([], lambda reader: move(reader, TillFake()), settings=settings)
    assert isinstance(refused, Unsupported)


class TestAmounts:
    @pytest.mark.parametrize("amount", [0, -1, 5001])
    def test_no_more_is_taken_than_was_reserved(self, amount: int) -> None:
        refused = outcome_of([], lambda reader: reader.capture(RESERVED, amount, TillFake()))
        assert isinstance(refused, NotSent)

    def test_another_currency_is_not_sent(self) -> None:
        swiss = Original(receipt=12, amount=1250, currency="chf")
        for use in (
            lambda reader: reader.reverse(swiss, TillFake()),
            lambda reader: reader.release(swiss, TillFake()),
            lambda reader: reader.capture(swiss, 100, TillFake()),
            lambda reader: reader.refund(100, "chf", TillFake()),
            lambda reader: reader.preauthorize(100, "chf", TillFake()),
        ):
            assert isinstance(outcome_of([], use), NotSent)


def test_a_reversal_names_what_it_takes_back() -> None:
    answer = outcome(approval(reverse), reverse)
    assert isinstance(answer, Approved)
    told = answer.transaction
    assert (told.kind, told.original_trace, told.receipt) == (Kind.REVERSAL, 123, 13)


class TestEndOfDay:
    def test_its_transaction_has_the_totals(self) -> None:
        answer = outcome(approval(close_day), close_day)
        assert isinstance(answer, Approved)
        assert answer.transaction.kind is Kind.END_OF_DAY
        assert answer.transaction.totals == Totals(
            3750,
            (
                BrandTotals("girocard", 2, 2500),
                BrandTotals("jcb", 0, 0),
                BrandTotals("mastercard", 1, 1250),
                BrandTotals("amex", 0, 0),
                BrandTotals("visa", 0, 0),
                BrandTotals("diners", 0, 0),
                BrandTotals("other", 0, 0),
            ),
            first_receipt=1,
            last_receipt=12,
        )

    def test_a_terminal_that_tells_none_has_closed_and_proves_no_sum(self) -> None:
        till = TillFake()
        script = [("06 50 03 00 00 00", GOOD + COMPLETION), (GOOD, "")]
        answer = outcome(script, close_day, till)
        assert isinstance(answer, Approved)
        assert (answer.transaction.kind, answer.transaction.result_code) == (Kind.END_OF_DAY, 0)
        assert (answer.transaction.totals, answer.transaction.amount) == (None, None)
        assert till.told == ["acknowledged", Reported(answer.transaction), answer]


class TestReceipts:
    LAST_LINE = "06 d1 02 81 41"

    def sells(self, printed: str) -> Script:
        command, status, _ = MOVES[refund]
        return [(command, GOOD + status), (GOOD, self.LAST_LINE), (printed, COMPLETION), (GOOD, "")]

    def test_each_is_handed_over_when_it_is_whole(self) -> None:
        till = TillFake()
        answer = outcome(self.sells(GOOD), refund, till)
        assert isinstance(answer, Approved)
        assert answer.receipts == ()
        assert till.told[2:] == [Receipt("merchant", ("A",)), answer]

    def test_a_failing_journal_is_raised_after_the_terminal_had_its_answer(self) -> None:
        command, status, _ = MOVES[refund]
        script = [(command, GOOD + status), (GOOD, self.LAST_LINE), ("84 cc 00", "")]
        error = DiskFullError()
        assert outcome(script, refund, TillFake(print_error=error)) is error

    def test_a_card_number_leaves_with_its_last_four_digits(self) -> None:
        command, status, _ = MOVES[refund]
        # "4242 4242 4242 4242"
        line = "06 d1 14 81 34 32 34 32 20 34 32 34 32 20 34 32 34 32 20 34 32 34 32"
        till = TillFake()
        script = [(command, GOOD + status), (GOOD, line), (GOOD, COMPLETION), (GOOD, "")]
        outcome(script, refund, till)
        assert Receipt("merchant", ("**** **** **** 4242",)) in till.told
