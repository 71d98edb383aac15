"""The reader over a memory link, with a terminal that follows a script, under a virtual clock."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from posd_drivers.card_reader import (
    AbortCause,
    Aborted,
    Answer,
    Approved,
    CardReader,
    Declined,
    OutcomeProof,
    Registered,
    Reported,
    Step,
    Transaction,
)
from posd_drivers.errors import (
    DeviceGone,
    NoAnswer,
    NotSent,
    OutcomeUnknown,
    Refused,
    Unsupported,
)
from posd_drivers.transport.memory import Cut, pair
from posd_drivers.zvt.charset import Charset
from posd_drivers.zvt.reader import ZvtReader
from posd_drivers.zvt.settings import CONFIG_TERMINAL_PRINTS, Framing
from tests.simulation.loop import virtually
from tests.unit.drivers.zvt.scripted import (
    COMPLETION,
    GOOD,
    SETTINGS,
    DiskFullError,
    TillFake,
    outcome_of,
)

REGISTRATION = "06 00 10 00 00 00 be 09 78 03 01 06 06 26 04 0a 02 06 d3"
REGISTERED = "06 0f 0a 19 00 29 12 34 56 78 49 09 78"
ENQUIRY = "05 01 03 00 00 00"
REPEAT = "06 20 05 00 00 00 03 03"
TOTALS = "06 10 03 00 00 00"
SUMS = (
    "04 0f 42 27 00 04 00 00 00 00 12 50 60 f0 f5 f3 00 12 00 12 01 00 00 00 00 12 50"
    + " 00" * 6 * 7
)
STORED = "04 0f 0c 27 00 04 00 00 00 00 12 50 87 00 12"
SALE = "06 01 0a 04 00 00 00 00 12 50 49 09 78"

# What the terminal hears, and what it says then.
REGISTERS = [(REGISTRATION, GOOD + REGISTERED), (GOOD, "")]
ADDS_UP = [(TOTALS, GOOD + SUMS), (GOOD, COMPLETION), (GOOD, "")]
REPEATS = [(REPEAT, GOOD + STORED), (GOOD, COMPLETION), (GOOD, "")]
SELLS = [(SALE, GOOD + "04 ff 01 0a"), (GOOD, STORED), (GOOD, COMPLETION), (GOOD, "")]


async def is_ready(reader: CardReader) -> bool:
    return (await reader.readiness()).ready


def sale(till: TillFake, amount: int = 1250) -> Callable[[CardReader], Awaitable[Answer]]:
    return lambda reader: reader.authorize(amount, "eur", till)


class TestRegister:
    def test_it_learns_terminal_currency_and_what_can_be_proven(self) -> None:
        registered = outcome_of(REGISTERS + REPEATS, lambda reader: reader.register())
        assert registered == Registered("12345678", "eur", OutcomeProof.LAST_TRANSACTION)

    def test_a_terminal_that_cannot_repeat_a_receipt_proves_nothing(self) -> None:
        for answer in ("84 83 00", "84 9c 00"):
            script = [*REGISTERS, (REPEAT, "84 83 00"), (TOTALS, answer)]
            registered = outcome_of(script, lambda reader: reader.register())
            assert registered == Registered("12345678", "eur", OutcomeProof.NONE)

    def test_unless_it_tells_its_totals(self) -> None:
        script = [*REGISTERS, (REPEAT, GOOD + COMPLETION), (GOOD, ""), *ADDS_UP]
        registered = outcome_of(script, lambda reader: reader.register())
        assert registered == Registered("12345678", "eur", OutcomeProof.TOTALS)

    def test_a_terminal_that_cannot_repeat_it_now_may_later(self) -> None:
        script = [*REGISTERS, (REPEAT, "84 9c 00")]
        registered = outcome_of(script, lambda reader: reader.register())
        assert registered == Registered("12345678", "eur", OutcomeProof.LAST_TRANSACTION)

    def test_a_refusal_is_raised_with_its_code(self) -> None:
        refused = outcome_of([(REGISTRATION, "84 1e 01 6f")], lambda reader: reader.register())
        assert isinstance(refused, Refused)
        assert refused.code == 0x6F

    def test_the_terminal_may_print(self) -> None:
        settings = replace(SETTINGS, config=CONFIG_TERMINAL_PRINTS)
        with_38 = REGISTRATION.replace("be", "38")
        script = [(with_38, "84 37 00")]
        refused = outcome_of(script, lambda reader: reader.register(), settings=settings)
        assert isinstance(refused, Refused)


class TestIsIdle:
    @pytest.mark.parametrize(
        ("status", "idle"), [("00", True), ("9c", False), ("dc", False), ("f0", False)]
    )
    def test_only_ready_is_ready(self, status: str, idle: bool) -> None:  # noqa: FBT001
        script = [(ENQUIRY, GOOD + f"06 0f 01 {status}"), (GOOD, "")]
        assert outcome_of(script, is_ready) is idle

    def test_a_refusal_is_not_idle(self) -> None:
        assert outcome_of([(ENQUIRY, "84 9c 00")], is_ready) is False

    def test_silence_is_no_answer(self) -> None:
        silence = outcome_of([(ENQUIRY, "")], is_ready)
        assert isinstance(silence, NoAnswer)

    def test_a_link_lost_before_the_question_is_not_sent(self) -> None:
        lost = outcome_of([], is_ready, link=lambda: pair(to_pt=[Cut(0)]))
        assert isinstance(lost, NotSent)

    def test_a_link_lost_in_the_question_is_a_gone_device(self) -> None:
        lost = outcome_of([], is_ready, link=lambda: pair(to_pt=[Cut(3)]))
        assert isinstance(lost, DeviceGone)


class TestLastTransaction:
    def test_it_is_the_last_one_stored(self) -> None:
        last = outcome_of(REPEATS, lambda reader: reader.last_transaction())
        assert isinstance(last, Transaction)
        assert (last.receipt, last.amount, last.result_code) == (12, 1250, 0)

    def test_texts_are_read_in_the_terminals_character_set(self) -> None:
        approved_in_latin_1 = "04 0f 0a 27 00 3c f0 f0 f4 67 fc 6c 74"
        script = [(REPEAT, GOOD + approved_in_latin_1), (GOOD, COMPLETION), (GOOD, "")]
        settings = replace(SETTINGS, charset=Charset.ISO_8859_1)
        last = outcome_of(script, lambda reader: reader.last_transaction(), settings=settings)
        assert isinstance(last, Transaction)
        assert last.text == "gült"

    def test_a_completion_without_a_transaction_proves_nothing(self) -> None:
        script = [(REPEAT, GOOD + COMPLETION), (GOOD, "")]
        assert isinstance(outcome_of(script, lambda reader: reader.last_transaction()), Unsupported)

    def test_a_refusal_for_now_is_a_refusal(self) -> None:
        refused = outcome_of([(REPEAT, "84 9c 00")], lambda reader: reader.last_transaction())
        assert isinstance(refused, Refused)
        assert refused.code == 0x9C

    def test_what_lay_in_the_input_is_of_another_dialogue(self) -> None:
        async def stale_first(reader: CardReader) -> Transaction | None:
            await asyncio.sleep(1.0)
            return await reader.last_transaction()

        last = outcome_of([("", STORED), *REPEATS], stale_first)
        assert isinstance(last, Transaction)


class TestRestart:
    def test_it_returns_once_the_terminal_has_completed_the_command(self) -> None:
        script = [("06 18 00", GOOD + COMPLETION), (GOOD, "")]
        assert outcome_of(script, lambda reader: reader.restart()) is None

    def test_a_terminal_that_does_not_know_the_command_cannot(self) -> None:
        outcome = outcome_of([("06 18 00", "84 83 00")], lambda reader: reader.restart())
        assert isinstance(outcome, Unsupported)

    def test_a_terminal_that_will_not_now_refuses(self) -> None:
        refused = outcome_of([("06 18 00", "84 9c 00")], lambda reader: reader.restart())
        assert isinstance(refused, Refused)
        assert refused.code == 0x9C


class TestAuthorize:
    def test_an_approval_is_told_step_by_step(self) -> None:
        till = TillFake()
        answer = outcome_of(SELLS, sale(till))
        assert isinstance(answer, Approved)
        assert answer.transaction.receipt == 12
        assert till.told == [
            "acknowledged",
            Step.PRESENT_CARD,
            Reported(answer.transaction),
            answer,
        ]

    def test_a_decline_carries_the_transaction(self) -> None:
        script = [(SALE, GOOD + "04 0f 02 27 05"), (GOOD, "06 1e 01 05"), (GOOD, "")]
        answer = outcome_of(script, sale(TillFake()))
        assert isinstance(answer, Declined)
        assert answer.code == 5
        assert answer.transaction is not None
        assert answer.transaction.result_code == 5

    def test_the_terminals_own_state(self) -> None:
        script = [(SALE, GOOD + "06 1e 01 f0"), (GOOD, "")]
        assert outcome_of(script, sale(TillFake())) == Aborted(0xF0, AbortCause.DEVICE)

    def test_a_refused_report_is_unknown(self) -> None:
        script = [(SALE, GOOD + STORED), ("84 66 00", "06 1e 01 6c"), (GOOD, "")]
        unknown = outcome_of(script, sale(TillFake(accepts=False)))
        assert isinstance(unknown, OutcomeUnknown)
        assert unknown.reason == "not_accepted"

    def test_a_failing_journal_is_raised_after_the_terminal_had_its_answer(self) -> None:
        script = [(SALE, GOOD + STORED), ("84 66 00", "")]
        error = DiskFullError()
        assert outcome_of(script, sale(TillFake(error=error))) is error

    def test_silence_is_unknown(self) -> None:
        unknown = outcome_of([(SALE, GOOD)], sale(TillFake()))
        assert isinstance(unknown, OutcomeUnknown)
        assert unknown.reason == "silence"

    def test_nothing_sent(self) -> None:
        lost = outcome_of([], sale(TillFake()), link=lambda: pair(to_pt=[Cut(0)]))
        assert isinstance(lost, NotSent)

    @pytest.mark.parametrize("octets", range(1, 13))
    def test_one_octet_sent_is_unknown(self, octets: int) -> None:
        lost = outcome_of([], sale(TillFake()), link=lambda: pair(to_pt=[Cut(octets)]))
        assert isinstance(lost, OutcomeUnknown)
        assert lost.reason == "link_lost"

    @pytest.mark.parametrize("amount", [0, -1, 10**12])
    def test_an_amount_that_no_terminal_can_take_is_not_sent(self, amount: int) -> None:
        assert isinstance(outcome_of([], sale(TillFake(), amount)), NotSent)

    def test_another_currency_is_not_sent(self) -> None:
        refused = outcome_of([], lambda reader: reader.authorize(1250, "chf", TillFake()))
        assert isinstance(refused, NotSent)

    def test_an_abort_goes_out_and_the_terminals_word_decides(self) -> None:
        till = TillFake()

        async def abort_after_a_second(reader: CardReader) -> Answer:
            async def abort() -> None:
                await asyncio.sleep(1.0)
                reader.abort()

            async with asyncio.TaskGroup() as group:
                group.create_task(abort())
                return await reader.authorize(1250, "eur", till)

        script = [(SALE, GOOD), ("06 b0 00", GOOD + "06 1e 01 6c"), (GOOD, "")]
        assert outcome_of(script, abort_after_a_second) == Aborted(0x6C, AbortCause.TILL)

    def test_an_abort_of_the_sale_before_is_forgotten(self) -> None:
        async def abort_too_early(reader: CardReader) -> Answer:
            reader.abort()
            return await reader.authorize(1250, "eur", TillFake())

        assert isinstance(outcome_of(SELLS, abort_too_early), Approved)


class TestIdle:
    def test_it_returns_when_the_link_is_lost(self) -> None:
        async def main() -> float:
            link = pair()
            reader = ZvtReader(link.ecr, SETTINGS)
            async with asyncio.TaskGroup() as group:
                group.create_task(reader.idle())
                await asyncio.sleep(1.0)
                await link.pt.write(b"noise")
                await asyncio.sleep(1.0)
                await link.pt.close()
            return asyncio.get_running_loop().time()

        assert virtually(main()) == 2.0

    def test_closing_lets_go_of_the_link(self) -> None:
        async def main() -> None:
            link = pair()
            await ZvtReader(link.ecr, SETTINGS).close()
            with pytest.raises(DeviceGone):
                await link.pt.read()

        virtually(main())


def test_the_password_is_not_printed() -> None:
    assert "314159" not in repr(replace(SETTINGS, password="314159"))


def test_over_a_serial_line_the_same_apdus_travel_in_frames() -> None:
    settings = replace(SETTINGS, framing=Framing.SERIAL)
    # zvt.md 14.1, typed: the ACK of our frame, the answer, the completion
    frame = "10 02 06 00 10 10 00 00 00 be 09 78 03 01 06 06 26 04 0a 02 06 d3 10 03 d7 de"
    script = [
        (frame, "06 10 02 80 00 00 10 03 f5 1f"),
        ("06", "10 02 06 0f 0a 19 00 29 12 34 56 78 49 09 78 10 03 57 ef"),
        ("06 10 02 80 00 00 10 03 f5 1f", "06"),
    ]
    silence = outcome_of(script, lambda reader: reader.register(), settings=settings)
    assert isinstance(silence, NoAnswer | DeviceGone)  # the script ends before the second question
