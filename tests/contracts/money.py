"""What every card reader promises of money that is held, goes back, or is submitted (M11)."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from datetime import datetime

import pytest

from posd_drivers.card_reader import (
    AbortCause,
    Aborted,
    Answer,
    Approved,
    Declined,
    Kind,
    Original,
    Reported,
    Transaction,
)
from tests.contracts.counter import Counter, TillFake

NOON = datetime(2026, 11, 23, 12, 0, 0)  # noqa: DTZ001  a terminal's clock is local


class MoneyContract(ABC):
    """Inherit, and provide a reader whose terminal is simulated, idle and has sold nothing."""

    @pytest.fixture
    @abstractmethod
    def counter(self) -> AsyncIterator[Counter]: ...

    async def test_what_is_reserved_is_open_until_it_is_captured(self, counter: Counter) -> None:
        reader = counter.reader
        await reader.register()
        held = approved(await reader.preauthorize(5000, "eur", TillFake()))
        assert await reader.open_preauthorisations() == (held.receipt,)
        till = TillFake()
        answer = await reader.capture(original(held), 3150, till)
        assert approved(answer).amount == 3150
        assert till.decided == ["acknowledged", Reported(approved(answer)), answer]
        assert await reader.open_preauthorisations() == ()

    async def test_what_is_released_is_no_longer_open(self, counter: Counter) -> None:
        reader = counter.reader
        await reader.register()
        first = approved(await reader.preauthorize(5000, "eur", TillFake()))
        second = approved(await reader.preauthorize(7000, "eur", TillFake()))
        assert await reader.open_preauthorisations() == (first.receipt, second.receipt)
        approved(await reader.release(original(first), TillFake()))
        assert await reader.open_preauthorisations() == (second.receipt,)

    async def test_what_is_not_open_cannot_be_captured(self, counter: Counter) -> None:
        await counter.reader.register()
        nothing = Original(receipt=77, amount=5000, currency="eur")
        answer = await counter.reader.capture(nothing, 5000, TillFake())
        assert answer == Aborted(0xB8, AbortCause.DEVICE)

    async def test_a_reversal_names_the_sale_that_it_takes_back(self, counter: Counter) -> None:
        reader = counter.reader
        await reader.register()
        sale = approved(await reader.authorize(1250, "eur", TillFake()))
        till = TillFake()
        answer = await reader.reverse(original(sale), till)
        back = approved(answer)
        assert (back.kind, back.original_trace, back.amount) == (Kind.REVERSAL, sale.trace, 1250)
        assert till.decided == ["acknowledged", Reported(back), answer]
        assert till.receipts
        assert counter.terminal.ledger.book.standing == ()

    async def test_nothing_is_reversed_twice(self, counter: Counter) -> None:
        reader = counter.reader
        await reader.register()
        sale = original(approved(await reader.authorize(1250, "eur", TillFake())))
        approved(await reader.reverse(sale, TillFake()))
        assert await reader.reverse(sale, TillFake()) == Aborted(0xB4, AbortCause.DEVICE)

    async def test_a_reversal_of_another_amount_is_refused(self, counter: Counter) -> None:
        """Receipt numbers come again: the amount says which sale is meant."""
        reader = counter.reader
        await reader.register()
        sale = approved(await reader.authorize(1250, "eur", TillFake()))
        other = Original(sale.receipt or 0, 9999, "eur")
        assert await reader.reverse(other, TillFake()) == Aborted(0xB5, AbortCause.DEVICE)

    async def test_a_refund_is_one_more_transaction(self, counter: Counter) -> None:
        reader = counter.reader
        await reader.register()
        sale = approved(await reader.authorize(1250, "eur", TillFake()))
        till = TillFake()
        answer = await reader.refund(500, "eur", till)
        back = approved(answer)
        assert (back.amount, back.original_trace) == (500, None)
        assert back.receipt == (sale.receipt or 0) + 1
        assert till.decided == ["acknowledged", Reported(back), answer]

    async def test_an_end_of_day_submits_what_the_totals_said(self, counter: Counter) -> None:
        reader = counter.reader
        await reader.register()
        approved(await reader.authorize(1250, "eur", TillFake()))
        approved(await reader.authorize(1400, "eur", TillFake()))
        before = await reader.totals()
        till = TillFake()
        answer = await reader.end_of_day(till)
        closed = approved(answer)
        assert before.amount == 2650
        assert (closed.kind, closed.totals) == (Kind.END_OF_DAY, before)
        assert till.decided == ["acknowledged", Reported(closed), answer]
        assert [receipt.audience for receipt in till.receipts] == ["administration"]
        assert (await reader.totals()).amount == 0

    async def test_no_day_is_closed_over_a_reservation(self, counter: Counter) -> None:
        reader = counter.reader
        await reader.register()
        approved(await reader.preauthorize(5000, "eur", TillFake()))
        assert await reader.end_of_day(TillFake()) == Aborted(0xB8, AbortCause.DEVICE)
        assert counter.terminal.ledger.book.closings == ()

    async def test_an_issuers_no_holds_nothing(self, counter: Counter) -> None:
        await counter.reader.register()
        answer = await counter.reader.preauthorize(1005, "eur", TillFake())
        assert isinstance(answer, Declined)
        assert await counter.reader.open_preauthorisations() == ()

    async def test_receipts_can_be_had_again(self, counter: Counter) -> None:
        till = TillFake()
        await counter.reader.register()
        approved(await counter.reader.authorize(1250, "eur", till))
        again = await counter.reader.reprint()
        assert [receipt.audience for receipt in again] == ["merchant", "customer"]

    async def test_a_terminal_is_kept_in_order(self, counter: Counter) -> None:
        reader = counter.reader
        await reader.register()
        await reader.diagnose()
        await reader.initialise()
        await reader.send_offline()
        await reader.set_clock(NOON)
        sold = approved(await reader.authorize(1250, "eur", TillFake()))
        assert (sold.date, (sold.time or "")[:2]) == ("1123", "12")
        assert (await reader.readiness()).ready


def approved(answer: Answer) -> Transaction:
    assert isinstance(answer, Approved), answer
    return answer.transaction


def original(transaction: Transaction) -> Original:
    assert transaction.receipt is not None
    assert transaction.amount is not None
    return Original(transaction.receipt, transaction.amount, "eur", transaction.trace)
