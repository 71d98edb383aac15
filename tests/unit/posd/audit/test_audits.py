"""Journal and terminal beside one another, closing period by closing period (M16)."""

from pathlib import Path

from posd.model.audit import Sum, Unchecked
from posd.model.audit_facts import Difference, Side
from posd.model.closing import Agreement
from posd.model.facts import Proof
from posd.model.reader_facts import TerminalUsedElsewhere
from posd_drivers.card_reader import Kind, Totals, Transaction
from tests.unit.posd.audit.books import REPORTS, TODAY, found, only_period
from tests.unit.posd.audit.histories import day_closed, set_aside, sold
from tests.unit.posd.closings import closed
from tests.unit.posd.giving_back import given_back, paid, wish
from tests.unit.posd.journal.scenario import DAY_MS
from tests.unit.posd.stage import READER, TERMINAL_ID, Stage, played

HOUR_MS = 3_600_000


def test_a_period_whose_terminal_adds_up_the_same_is_equal(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        on.clock.now_ms += 10 * HOUR_MS
        await closed(on)
        await paid(on, 1250)
        await paid(on, 730)
        await closed(on)
        (day,) = await found(on)
        _, period = day.periods
        assert period.books.taken == Sum(2, 1980)
        assert (period.terminal.agreement, period.terminal.unchecked) == (Agreement.EQUAL, ())
        assert period.stripe.unchecked == (Unchecked.NO_STRIPE,)
        assert period.till.unchecked == (Unchecked.NO_LIST,)

    played(tmp_path, scene)


def test_a_period_that_posd_did_not_see_begin_is_not_equal(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        on.clock.now_ms += 10 * HOUR_MS
        await paid(on, 1250)
        await closed(on)
        (day,) = await found(on)
        (period,) = day.periods
        assert period.terminal.agreement is Agreement.NOT_CHECKED
        assert period.terminal.unchecked == (Unchecked.BEGINNING_UNKNOWN,)
        assert day.agreement is Agreement.NOT_CHECKED

    played(tmp_path, scene)


def test_what_was_taken_by_hand_at_the_terminal_differs_to_the_cent(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        on.clock.now_ms += 10 * HOUR_MS
        await closed(on)
        await paid(on, 1250)
        on.terminal.turnover = Totals(on.terminal.turnover.amount + 1)
        closing = await closed(on)
        (day,) = await found(on)
        differs = day.periods[1].terminal
        assert differs.agreement is Agreement.DIFFERS
        assert differs.differences == (Difference(Side.TERMINAL, "amount", closing.id, 1250, 1251),)
        assert day.agreement is Agreement.DIFFERS

    played(tmp_path, scene)


def test_a_period_over_midnight_is_read_whole_on_each_of_its_days(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        on.clock.now_ms += 10 * HOUR_MS
        await closed(on)
        await paid(on, 1250)
        on.clock.now_ms += DAY_MS
        await paid(on, 730)
        await closed(on)
        first, second = await found(on, period="2026-11")
        assert [one.business_day for one in (first, second)] == [TODAY, "2026-11-02"]
        for day in (first, second):
            period = day.periods[-1]
            assert (period.books.taken, period.terminal.agreement) == (
                Sum(2, 1980),
                Agreement.EQUAL,
            )

    played(tmp_path, scene)


def test_what_is_given_back_is_taken_off(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        on.clock.now_ms += 10 * HOUR_MS
        await closed(on)
        intent = await paid(on, 1250)
        await paid(on, 730)
        await given_back(on, wish(intent))
        on.terminal.turnover = Totals(730)
        await closed(on)
        (day,) = await found(on)
        period = day.periods[1]
        assert (period.books.taken, period.books.given_back) == (Sum(2, 1980), Sum(1, -1250))
        assert period.terminal.agreement is Agreement.EQUAL

    played(tmp_path, scene)


def test_an_open_period_is_not_checked(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        on.clock.now_ms += 10 * HOUR_MS
        await paid(on, 1250)
        period = await only_period(on)
        assert period.books.net == Sum(1, 1250)
        assert period.terminal.unchecked == (Unchecked.NOT_CLOSED,)

    played(tmp_path, scene)


def test_the_chain_of_the_day_is_named_from_its_first_to_its_last_fact(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        on.clock.now_ms += 10 * HOUR_MS
        before = on.journal.head
        await paid(on, 1250)
        after = on.journal.head
        on.clock.now_ms += DAY_MS
        await paid(on, 730)
        (day,) = await found(on)
        assert day.chain is not None
        assert (day.chain.first_seq, day.chain.last_seq) == (before + 1, after)
        last = on.journal.queries.entry(after)
        assert last is not None
        assert day.chain.last_hash == last.hash.hex()

    played(tmp_path, scene)


def test_days_without_facts_have_no_chain_and_days_to_come_are_left_out(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        on.clock.now_ms += 10 * HOUR_MS
        await paid(on, 1250)
        days = await found(on, period="2026-10-31..2026-11-05")
        assert [(day.business_day, day.chain is None) for day in days] == [
            ("2026-10-31", False),
            (TODAY, False),
        ]

    played(tmp_path, scene)


def test_what_is_not_proven_keeps_a_period_from_being_equal(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        on.clock.now_ms += 10 * HOUR_MS
        await closed(on)
        await on.know(*set_aside("att_doubt", "pi_doubt"))
        await paid(on, 1250)
        await on.know(*day_closed("att_eod", 1250))
        (day,) = await found(on)
        period = day.periods[1]
        assert period.books.unproven == ("att_doubt",)
        assert period.terminal.unchecked == (Unchecked.UNPROVEN,)
        assert day.agreement is Agreement.NOT_CHECKED

    played(tmp_path, scene)


def test_another_terminal_in_its_place_begins_a_period_of_its_own(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        on.clock.now_ms += 10 * HOUR_MS
        await closed(on)
        await paid(on, 1250)
        await on.know(*sold("att_new", "pi_new", 500, terminal_id="77777777"))
        await on.know(*day_closed("att_eod", 500, terminal_id="77777777"))
        (day,) = await found(on)
        found_ = [
            (one.books.terminal_id, one.books.net, one.terminal.unchecked) for one in day.periods
        ]
        assert found_[1:] == [
            (TERMINAL_ID, Sum(1, 1250), (Unchecked.NOT_CLOSED,)),
            ("77777777", Sum(1, 500), (Unchecked.BEGINNING_UNKNOWN,)),
        ]

    played(tmp_path, scene)


def test_a_terminal_that_differs_is_shown_with_what_may_explain_it(tmp_path: Path) -> None:
    by_hand = Transaction(Kind.REFUND, TERMINAL_ID, 300, "eur", 0, 3, 9)

    async def scene(on: Stage) -> None:
        on.clock.now_ms += 10 * HOUR_MS
        await closed(on)
        await on.know(*sold("att_word", "pi_word", 1250, proof=Proof.PERSON))
        await on.know(TerminalUsedElsewhere(READER, by_hand, began_anew=True))
        await on.know(*day_closed("att_eod", 0))
        (day,) = await found(on)
        assert [
            (one.kind, one.subject, one.ours, one.theirs)
            for one in day.periods[1].terminal.differences
        ] == [
            ("amount", "att_eod", 1250, 0),
            ("closed_by_hand", READER, None, None),
            ("used_by_hand", READER, None, -300),
            ("decided_by_person", "att_word", 1250, None),
        ]

    played(tmp_path, scene)


def test_every_booking_stands_somewhere_with_stripe(tmp_path: Path) -> None:
    """I11: what was taken less what went back is what Stripe has, is owed or will never be told."""

    async def scene(on: Stage) -> None:
        on.clock.now_ms += 10 * HOUR_MS
        intent = await paid(on, 1250)
        await paid(on, 730)
        await given_back(on, wish(intent))
        period = await only_period(on)
        standings = period.books.by_standing.values()
        assert sum(one.amount for one in standings) == period.books.net.amount == 730
        assert sum(one.count for one in standings) == period.books.net.count == 3

    played(tmp_path, scene, reports=REPORTS)
