"""What every card reader promises, tried on ZVT over each wire with the simulated terminal."""

import asyncio
from abc import ABC
from collections.abc import AsyncIterator

import pytest
from typing_extensions import override

from posd_drivers import catalogue
from posd_drivers.card_reader import (
    AbortCause,
    Aborted,
    Approved,
    Declined,
    OutcomeProof,
    Reported,
)
from posd_drivers.catalogue import SerialAddress, TcpAddress
from posd_drivers.errors import DriverError, NotSent, OutcomeUnknown, Refused
from posd_drivers.transport.line import Line
from posd_drivers.zvt.settings import Framing
from posd_simulator.terminal.cardholder import Behaviour
from posd_simulator.terminal.lines import PtyLine, listen, serve_tcp
from posd_simulator.terminal.settings import Wire
from posd_simulator.terminal.terminal import Terminal
from tests.contracts.counter import SETTINGS, Counter, TillFake, in_memory, switched_on
from tests.contracts.money import MoneyContract

DEADLINE_S = 8.0


class CardReaderContract(MoneyContract, ABC):
    """Inherit, and provide a reader whose terminal is simulated, idle and has sold nothing."""

    async def test_registration_tells_terminal_and_currency(self, counter: Counter) -> None:
        registered = await counter.reader.register()
        assert registered.terminal_id == counter.terminal.settings.terminal_id
        assert registered.currency == "eur"
        assert registered.outcome_proof is OutcomeProof.LAST_TRANSACTION

    async def test_an_idle_terminal_is_ready(self, counter: Counter) -> None:
        await counter.reader.register()
        assert (await counter.reader.readiness()).ready

    async def test_an_approval_is_reported_then_approved_then_answered(
        self, counter: Counter
    ) -> None:
        till = TillFake()
        await counter.reader.register()
        answer = await counter.reader.authorize(1250, "eur", till)
        assert isinstance(answer, Approved)
        assert answer.transaction.amount == 1250
        assert answer.transaction.result_code == 0
        assert answer.transaction.card.last4 is not None
        assert till.decided == ["acknowledged", Reported(answer.transaction), answer]

    async def test_each_receipt_is_handed_over_once_before_the_approval(
        self, counter: Counter
    ) -> None:
        till = TillFake()
        await counter.reader.register()
        answer = await counter.reader.authorize(1250, "eur", till)
        assert isinstance(answer, Approved)
        assert answer.receipts == ()
        assert [receipt.audience for receipt in till.receipts] == ["merchant", "customer"]
        assert till.told[-1] == answer

    async def test_the_terminal_proves_what_it_sold(self, counter: Counter) -> None:
        await counter.reader.register()
        first = await counter.reader.authorize(1250, "eur", TillFake())
        second = await counter.reader.authorize(1400, "eur", TillFake())
        last = await counter.reader.last_transaction()
        assert isinstance(first, Approved)
        assert isinstance(second, Approved)
        assert last is not None
        assert first.transaction.receipt is not None
        assert last.receipt == second.transaction.receipt == first.transaction.receipt + 1
        assert last.amount == 1400

    async def test_an_issuers_no_is_a_decline_and_sells_nothing(self, counter: Counter) -> None:
        await counter.reader.register()
        sold = await counter.reader.authorize(1250, "eur", TillFake())
        till = TillFake()
        answer = await counter.reader.authorize(1005, "eur", till)
        assert isinstance(answer, Declined)
        assert answer.code == 5
        assert till.told == ["acknowledged"]
        last = await counter.reader.last_transaction()
        assert isinstance(sold, Approved)
        assert last is not None
        assert last.receipt == sold.transaction.receipt

    async def test_the_customers_stop_is_an_abort(self, counter: Counter) -> None:
        counter.terminal.cardholder.script([Behaviour.CANCEL])
        await counter.reader.register()
        answer = await counter.reader.authorize(1250, "eur", TillFake())
        assert answer == Aborted(0x6C, AbortCause.CUSTOMER)

    async def test_the_tills_stop_is_an_abort(self, counter: Counter) -> None:
        counter.terminal.cardholder.script([Behaviour.WALK_AWAY])
        await counter.reader.register()
        till = TillFake(on_step=lambda _: counter.reader.abort())
        answer = await counter.reader.authorize(1250, "eur", till)
        assert answer == Aborted(0x6C, AbortCause.TILL)

    async def test_a_report_that_is_not_accepted_is_unknown(self, counter: Counter) -> None:
        await counter.reader.register()
        with pytest.raises(OutcomeUnknown):
            await counter.reader.authorize(1250, "eur", TillFake(accepts=False))
        with pytest.raises(Refused):  # a terminal of the old rule took it back
            await counter.reader.last_transaction()

    async def test_a_lost_link_is_unknown(self, counter: Counter) -> None:
        counter.terminal.cardholder.script([Behaviour.WALK_AWAY])
        await counter.reader.register()
        till = TillFake()
        async with asyncio.TaskGroup() as group:
            group.create_task(pull_after_the_command(counter.terminal, till))
            with pytest.raises(OutcomeUnknown):
                await counter.reader.authorize(1250, "eur", till)

    async def test_a_payment_that_is_cut_off_ends_at_once(self, counter: Counter) -> None:
        counter.terminal.cardholder.script([Behaviour.WALK_AWAY])
        await counter.reader.register()
        till = TillFake()
        async with asyncio.timeout(DEADLINE_S), asyncio.TaskGroup() as group:
            payment = group.create_task(counter.reader.authorize(1250, "eur", till))
            await till.taken.wait()
            payment.cancel()
        assert payment.cancelled()

    async def test_what_no_terminal_can_take_is_not_sent(self, counter: Counter) -> None:
        await counter.reader.register()
        with pytest.raises(NotSent):
            await counter.reader.authorize(0, "eur", TillFake())
        with pytest.raises(NotSent):
            await counter.reader.authorize(1250, "chf", TillFake())
        assert (await counter.reader.readiness()).ready

    async def test_a_terminal_can_be_told_to_restart(self, counter: Counter) -> None:
        await counter.reader.register()
        await counter.reader.restart()
        for _look in range(100):
            if counter.terminal.busy:
                await asyncio.sleep(0.01)
        took = [message.line for message in counter.terminal.messages][-4:]
        assert took == ["ECR  06 18 00", "PT   80 00 00", "PT   06 0f 00", "ECR  80 00 00"]

    async def test_idling_ends_with_the_link(self, counter: Counter) -> None:
        async with asyncio.timeout(DEADLINE_S), asyncio.TaskGroup() as group:
            group.create_task(counter.reader.idle())
            await asyncio.sleep(0.01)
            await counter.terminal.pull_cable()

    async def test_a_closed_reader_answers_with_errors_only(self, counter: Counter) -> None:
        await counter.reader.close()
        await counter.reader.close()
        with pytest.raises(DriverError):
            await counter.reader.readiness()
        with pytest.raises(NotSent):
            await counter.reader.authorize(1250, "eur", TillFake())


async def pull_after_the_command(terminal: Terminal, till: TillFake) -> None:
    await till.taken.wait()
    await terminal.pull_cable()


class TestSerialInMemory(CardReaderContract):
    @pytest.fixture
    @override
    async def counter(self) -> AsyncIterator[Counter]:
        async with in_memory(Wire.SERIAL, Framing.SERIAL) as counter:
            yield counter


class TestTcpInMemory(CardReaderContract):
    @pytest.fixture
    @override
    async def counter(self) -> AsyncIterator[Counter]:
        async with in_memory(Wire.TCP, Framing.STREAM) as counter:
            yield counter


class TestPty(CardReaderContract):
    @pytest.fixture
    @override
    async def counter(self) -> AsyncIterator[Counter]:
        async with switched_on(Wire.SERIAL) as (terminal, group):
            line = PtyLine(baud=115200)
            group.create_task(terminal.connect(line))
            reader = await catalogue.open(SerialAddress(line.device, Line(115200)), SETTINGS)
            yield Counter(reader, terminal)
            await reader.close()


class TestTcp(CardReaderContract):
    @pytest.fixture
    @override
    async def counter(self) -> AsyncIterator[Counter]:
        async with switched_on(Wire.TCP) as (terminal, group):
            with listen("127.0.0.1", 0) as listener:
                serving = group.create_task(serve_tcp(terminal, listener))
                address = TcpAddress("127.0.0.1", listener.getsockname()[1])
                reader = await catalogue.open(address, SETTINGS)
                yield Counter(reader, terminal)
                await reader.close()
                await asyncio.sleep(0.01)
                serving.cancel()
