"""Questions through the port: each command's octets, and what the terminal's answer becomes."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

import pytest
from typing_extensions import override

from posd_drivers.ability import Operation
from posd_drivers.card_reader import (
    AbortCause,
    Aborted,
    Answer,
    CardReader,
    OutcomeProof,
    Receipt,
    Registered,
    Totals,
)
from posd_drivers.errors import NoAnswer, Refused, Unsupported
from posd_drivers.transport.memory import pair
from posd_drivers.zvt.reader import ZvtReader
from tests.simulation.loop import virtually
from tests.unit.drivers.zvt.payment import SALE
from tests.unit.drivers.zvt.scripted import COMPLETION, GOOD, SETTINGS, TillFake, outcome_of, play
from tests.unit.drivers.zvt.test_money_closing import TOTALS

Use = Callable[[CardReader], Awaitable[object]]
HALF_PAST_TWO = datetime(2026, 11, 23, 14, 30, 12)  # noqa: DTZ001  a terminal's clock is local


def totals(reader: CardReader) -> Awaitable[object]:
    return reader.totals()


def last_transaction(reader: CardReader) -> Awaitable[object]:
    return reader.last_transaction()


def open_preauthorisations(reader: CardReader) -> Awaitable[object]:
    return reader.open_preauthorisations()


def reprint(reader: CardReader) -> Awaitable[object]:
    return reader.reprint()


def diagnose(reader: CardReader) -> Awaitable[object]:
    return reader.diagnose()


def initialise(reader: CardReader) -> Awaitable[object]:
    return reader.initialise()


def set_clock(reader: CardReader) -> Awaitable[object]:
    return reader.set_clock(HALF_PAST_TWO)


def send_offline(reader: CardReader) -> Awaitable[object]:
    return reader.send_offline()


def restart(reader: CardReader) -> Awaitable[object]:
    return reader.restart()


# Typed from zvt.md 6.1: the command, and what a make may be known not to do.
QUESTIONS: dict[Use, tuple[str, Operation | None]] = {
    totals: ("06 10 03 00 00 00", Operation.TOTALS),
    last_transaction: ("06 20 05 00 00 00 03 03", Operation.LAST_TRANSACTION),
    open_preauthorisations: ("06 23 03 87 ff ff", Operation.PREAUTHORISATION),
    reprint: ("06 20 03 00 00 00", Operation.REPRINT),
    diagnose: ("06 70 00", Operation.DIAGNOSIS),
    initialise: ("06 93 03 00 00 00", None),
    set_clock: ("06 91 0b 00 00 00 aa 26 11 23 0c 14 30 12", Operation.SET_CLOCK),
    send_offline: ("06 51 03 00 00 00", Operation.SEND_OFFLINE),
    restart: ("06 18 00", Operation.RESTART),
}
EVERY_QUESTION = pytest.mark.parametrize("ask", QUESTIONS, ids=lambda ask: str(ask.__name__))
DONE_WITHOUT_A_WORD = pytest.mark.parametrize(
    "ask", [diagnose, initialise, set_clock, send_offline, restart], ids=lambda ask: ask.__name__
)


@DONE_WITHOUT_A_WORD
def test_the_completion_is_the_answer(ask: Use) -> None:
    command, _ = QUESTIONS[ask]
    assert outcome_of([(command, GOOD + COMPLETION), (GOOD, "")], ask) is None


@EVERY_QUESTION
@pytest.mark.parametrize("no", ["84 83 00", GOOD + "06 1e 01 83"])
def test_what_a_terminal_does_not_know_it_cannot(ask: Use, no: str) -> None:
    command, _ = QUESTIONS[ask]
    script = [(command, no)] if no.startswith("84") else [(command, no), (GOOD, "")]
    assert isinstance(outcome_of(script, ask), Unsupported)


@EVERY_QUESTION
def test_a_refusal_for_now_has_its_code(ask: Use) -> None:
    command, _ = QUESTIONS[ask]
    refused = outcome_of([(command, "84 9c 00")], ask)
    assert isinstance(refused, Refused)
    assert refused.code == 0x9C


@EVERY_QUESTION
def test_silence_is_no_answer(ask: Use) -> None:
    command, _ = QUESTIONS[ask]
    assert isinstance(outcome_of([(command, GOOD)], ask), NoAnswer)


@pytest.mark.parametrize(
    "ask", [ask for ask in QUESTIONS if ask is not initialise], ids=lambda ask: ask.__name__
)
def test_what_its_make_cannot_do_is_refused_before_anything_is_sent(ask: Use) -> None:
    _, operation = QUESTIONS[ask]
    assert operation is not None
    settings = replace(SETTINGS, cannot=frozenset({operation}))
    assert isinstance(outcome_of([], ask, settings=settings), Unsupported)


def test_a_completion_with_an_error_is_a_refusal() -> None:
    """A wrong password may be told so (zvt.md 11.1)."""
    refused = outcome_of([("06 93 03 00 00 00", GOOD + "06 0f 02 27 37"), (GOOD, "")], initialise)
    assert isinstance(refused, Refused)
    assert refused.code == 0x37


def test_registration_tells_what_its_make_cannot_do() -> None:
    cannot = frozenset({Operation.LAST_TRANSACTION, Operation.TOTALS, Operation.ABORT})
    script = [
        (
            "06 00 10 00 00 00 be 09 78 03 01 06 06 26 04 0a 02 06 d3",
            GOOD + "06 0f 0a 19 00 29 12 34 56 78 49 09 78",
        ),
        (GOOD, ""),
    ]
    registered = outcome_of(
        script, lambda reader: reader.register(), settings=replace(SETTINGS, cannot=cannot)
    )
    assert registered == Registered("12345678", "eur", OutcomeProof.NONE, cannot)


def test_a_make_that_never_stops_is_not_asked_to() -> None:
    class Impatient(TillFake):
        @override
        def acknowledged(self) -> None:
            reader.abort()

    async def the_customer_stops() -> None:
        await play(link.pt, [(SALE, GOOD)])
        await asyncio.sleep(1.0)
        await play(link.pt, [("", "06 1e 01 6c"), (GOOD, "")])

    async def main() -> Answer:
        async with asyncio.TaskGroup() as group:
            group.create_task(the_customer_stops())
            return await reader.authorize(1250, "eur", Impatient())

    link = pair()
    reader = ZvtReader(link.ecr, replace(SETTINGS, cannot=frozenset({Operation.ABORT})))
    assert virtually(main()) == Aborted(0x6C, AbortCause.CUSTOMER)


class TestTotals:
    COMMAND = "06 10 03 00 00 00"

    def test_they_come_by_kind_of_card(self) -> None:
        told = outcome_of([(self.COMMAND, GOOD + TOTALS), (GOOD, COMPLETION), (GOOD, "")], totals)
        assert isinstance(told, Totals)
        assert (told.amount, told.first_receipt, told.last_receipt) == (3750, 1, 12)
        assert [(each.brand, each.amount) for each in told.brands if each.count] == [
            ("girocard", 2500),
            ("mastercard", 1250),
        ]

    def test_a_completion_without_them_proves_no_zero(self) -> None:
        told = outcome_of([(self.COMMAND, GOOD + COMPLETION), (GOOD, "")], totals)
        assert isinstance(told, NoAnswer)

    @pytest.mark.parametrize("status", ["04 0f 02 27 00", "04 0f 06 27 00 60 f0 f0 f0"])
    def test_nor_does_a_status_without_them(self, status: str) -> None:
        script = [(self.COMMAND, GOOD + status), (GOOD, COMPLETION), (GOOD, "")]
        assert isinstance(outcome_of(script, totals), NoAnswer)


class TestOpenPreauthorisations:
    COMMAND = "06 23 03 87 ff ff"

    @pytest.mark.parametrize(
        ("abort", "receipts"),
        [
            ("06 1e 04 b8 87 ff ff", ()),
            ("06 1e 04 b8 87 02 31", (231,)),
            ("06 1e 0d b8 06 0a 23 08 08 02 00 23 08 02 00 31", (23, 31)),
            ("06 1e 05 b8 06 02 23 00", ()),
        ],
    )
    def test_they_are_listed_in_an_abort(self, abort: str, receipts: tuple[int, ...]) -> None:
        script = [(self.COMMAND, GOOD + abort), (GOOD, "")]
        assert outcome_of(script, open_preauthorisations) == receipts

    @pytest.mark.parametrize(
        "abort",
        ["06 1e 01 b8", "06 1e 08 b8 3c f0 f0 f3 4e 6f 21", "06 1e 03 b8 06 00"],
        ids=["bare", "with a text", "with an empty container"],
    )
    def test_an_error_is_no_list(self, abort: str) -> None:
        """An empty list would say that every reservation is booked or given back."""
        refused = outcome_of([(self.COMMAND, GOOD + abort), (GOOD, "")], self.ask)
        assert isinstance(refused, Refused)

    def test_a_refusal_at_once_is_no_list(self) -> None:
        assert isinstance(outcome_of([(self.COMMAND, "84 b8 00")], self.ask), Refused)

    def test_a_completion_is_no_list(self) -> None:
        told = outcome_of([(self.COMMAND, GOOD + COMPLETION), (GOOD, "")], self.ask)
        assert isinstance(told, NoAnswer)

    @staticmethod
    def ask(reader: CardReader) -> Awaitable[object]:
        return reader.open_preauthorisations()


class TestReprint:
    def test_the_receipts_come_again(self) -> None:
        script = [
            ("06 20 03 00 00 00", GOOD + "06 d1 02 81 41"),
            (GOOD, "06 d1 02 81 42"),
            (GOOD, COMPLETION),
            (GOOD, ""),
        ]
        assert outcome_of(script, reprint) == (
            Receipt("merchant", ("A",)),
            Receipt("customer", ("B",)),
        )

    def test_a_terminal_that_prints_them_itself_sends_none(self) -> None:
        script = [("06 20 03 00 00 00", GOOD + COMPLETION), (GOOD, "")]
        assert outcome_of(script, reprint) == ()
