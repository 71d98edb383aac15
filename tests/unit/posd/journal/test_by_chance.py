"""The journal and a clerk's book, asked the same things in any order, say the same (T1).

Commands as posd gives them, alone and beside each other; between them the journal is closed and
opened, or left as a process leaves it that was killed. No till, terminal or Stripe is in it.
"""

import asyncio
import shutil
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, time
from enum import Enum
from pathlib import Path
from typing import Final, TypeAlias

import apsw
import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from msgspec.structs import replace
from typing_extensions import override

from posd.errors import Refused
from posd.intents import (
    CancelPaymentIntent,
    Change,
    CreatePaymentIntent,
    NewPaymentIntent,
    UpdatePaymentIntent,
)
from posd.journal.command import Claim, Command
from posd.journal.executor import LoopExecutor
from posd.model.attempt import UNPROVEN as UNPROVEN_STATES
from posd.model.attempt import AttemptState, IllegalMove
from posd.model.business_day import BusinessDay, GuardedDays
from posd.model.facts import (
    AttemptApproved,
    AttemptDeclined,
    AttemptFact,
    AttemptNotCharged,
    AttemptSetAside,
    Baseline,
    OutcomeUnknown,
    PersonNeeded,
    Proof,
    StatusReported,
)
from posd.outcome import IN_DIALOGUE, Conclude, charge_id
from posd.payments import ProcessPaymentIntent
from posd.sync.settlement import Settle
from posd.upstream.payment_records import REPORT_SUFFIX, PaymentRecordReports
from tests.in_memory import folder_in_memory
from tests.simulation.loop import VirtualLoop
from tests.unit.posd.journal.paper_book import OVER, Answer, Key, No, PaperBook, Try, Yes
from tests.unit.posd.journal.replay import Replayed, entries
from tests.unit.posd.journal.scenario import (
    GIROCARD,
    TILL,
    Facts,
    TurnedClock,
    open_journal,
    reader,
)

READERS: Final = ("tmr_1", "tmr_2")
DAY: Final = BusinessDay(UTC, time(4))
REPORTS: Final = PaymentRecordReports()
BASELINE: Final = Baseline("52523535", asked=True, receipt=16, trace=116)
IN_DOUBT: Final = UNPROVEN_STATES - IN_DIALOGUE
EFFECTS_MAX: Final = 99
STEPS: Final = 30


class Word(Enum):
    """What is said of a sale's last try: by its terminal, by the resolver, by a person."""

    REPORTED = "reported"
    APPROVED = "approved"
    DECLINED = "declined"
    LOST = "lost"
    HANDED_OVER = "handed over"
    SET_ASIDE = "set aside"
    FOUND_CHARGED = "found charged"
    FOUND_NOT_CHARGED = "found not charged"


IN_THE_DIALOGUE: Final = frozenset({Word.REPORTED, Word.APPROVED, Word.DECLINED, Word.LOST})
BEFORE: Final = {
    Word.HANDED_OVER: AttemptState.UNKNOWN,
    Word.SET_ASIDE: AttemptState.PERSON,
}
"""Where a try must stand for a word that is said from one state alone."""


@dataclass(frozen=True)
class Create:
    amount: int
    order: str | None
    key: str | None


@dataclass(frozen=True)
class Process:
    sale: int
    reader: str
    key: str | None


@dataclass(frozen=True)
class Reprice:
    sale: int
    amount: int


@dataclass(frozen=True)
class Cancel:
    sale: int


@dataclass(frozen=True)
class Say:
    sale: int
    word: Word


Step: TypeAlias = Create | Process | Reprice | Cancel | Say

amounts = st.sampled_from((900, 1250))
keys = st.sampled_from((None, None, "k1", "k2"))
sales = st.sampled_from((0, 0, 1, 1, 2, 3))
processes = st.builds(Process, sales, st.sampled_from(READERS), keys)
steps = st.one_of(
    st.builds(Create, amounts, st.sampled_from((None, "A", "A")), keys),
    processes,
    processes,
    st.builds(Say, sales, st.sampled_from(Word)),
    st.builds(Say, sales, st.sampled_from((Word.REPORTED, Word.APPROVED, Word.LOST))),
    st.builds(Reprice, sales, amounts),
    st.builds(Cancel, sales),
)
"""What may be asked of it, legal or not where it stands; few sales, so that they meet."""


class JournalAndBook(RuleBasedStateMachine):
    """Both, and the loop that the journal is used from."""

    @initialize()
    def open(self) -> None:
        """An empty store with two readers."""
        self.ending = ExitStack()
        self.folder = self.ending.enter_context(folder_in_memory())
        self.runner = self.ending.enter_context(asyncio.Runner(loop_factory=VirtualLoop))
        self.book = PaperBook()
        self.lives = 0
        self.tries = 0
        self._open(self.folder / "0")
        for one in READERS:
            self._commit([Facts((reader(one, f"zvt+tcp://{one}:1"),))])
        self.ask([Create(1250, "A", None), Create(900, "A", "k1")])

    @rule(together=st.lists(steps, min_size=1, max_size=8))
    def ask(self, together: Sequence[Step]) -> None:
        """Commands that are given at once: the journal answers each as if they came in turn."""
        asked = [one for step in together if (one := self._asked(step)) is not None]
        head = self.journal.head
        told = self._commit([command for command, _ in asked])
        assert told == [answer for _, answer in asked]
        if all(isinstance(answer, No) for answer in told):
            assert self.journal.head == head, "a refusal leaves nothing"

    @precondition(lambda self: any(self.book.owed.values()))
    @rule()
    def report(self) -> None:
        """Stripe takes what is owed next."""
        effect = self.journal.outbox.due(self.clock.wall_ms(), 1)[0].effect
        result = f"pr_{effect.id}" if effect.id.endswith(REPORT_SUFFIX) else None
        self._commit([Settle(effect, result, REPORTS)])
        self.book.settle(effect.payment_intent)

    @rule(killed=st.booleans())
    def start_again(self, *, killed: bool) -> None:
        """After a tidy end, or from what a killed process leaves: its files, no goodbye."""
        self.lives += 1
        after = self.folder / str(self.lives)
        if not killed:
            self.journal.close()
        shutil.copytree(self.place, after, ignore=shutil.ignore_patterns("*-shm"))
        if killed:
            self.journal.close()
        self._open(after)

    @invariant()
    def both_say_the_same(self) -> None:
        """Of each sale and try, of who has the readers, and of what is owed."""
        queries, book = self.journal.queries, self.book
        for sale in book.sales.values():
            intent = queries.payment_intent(sale.id)
            assert intent is not None
            assert (intent.state.value, intent.amount) == (sale.state, sale.amount)
            for one in sale.tries:
                attempt = queries.attempt(one.id)
                assert attempt is not None
                assert attempt.unproven is (one.state != OVER)
                assert one.state in (OVER, attempt.state.value)
            paid = sum(self._amount(one) for one in sale.tries)
            assert paid in (0, intent.amount_received), "a sale is paid once"
        owed = {each[0] for each in book.owed.values() if each}
        due = self.journal.outbox.due(self.clock.wall_ms(), EFFECTS_MAX)
        assert {one.effect.id for one in due} == owed

    @override
    def teardown(self) -> None:
        """The facts add up to the records; nothing is left behind."""
        queries, sales = self.journal.queries, self.book.sales.values()
        records = {
            **{one: queries.reader(one) for one in READERS},
            **{sale.id: queries.payment_intent(sale.id) for sale in sales},
            **{one.id: queries.attempt(one.id) for sale in sales for one in sale.tries},
        }
        with self.ending:
            self.journal.close()
            with closing(apsw.Connection(str(self.place / "journal.sqlite"))) as db:
                replayed = Replayed(entries(db)).records
        assert records == replayed

    def _open(self, place: Path) -> None:
        place.mkdir(exist_ok=True)
        self.place, self.clock = place, TurnedClock()
        self.journal = open_journal(place, clock=self.clock, executor=LoopExecutor(lambda: 0.01))

    def _commit(self, commands: Sequence[Command]) -> list[Answer]:
        async def all_at_once() -> list[Answer]:
            return list(await asyncio.gather(*map(self._answered, commands)))

        return self.runner.run(all_at_once())

    async def _answered(self, command: Command) -> Answer:
        try:
            return Yes((await self.journal.commit(command)).answer or None)
        except (Refused, IllegalMove):
            return No()

    def _amount(self, one: Try) -> int:
        attempt = self.journal.queries.attempt(one.id)
        assert attempt is not None
        return attempt.approved_amount or 0

    def _asked(self, step: Step) -> tuple[Command, Answer] | None:
        """The command of a step, and what the clerk says to it; None if there is no such sale."""
        match step:
            case Create(amount, order, key):
                return self._create(amount, order, key)
            case Process(sale, at, key) if (id_ := self._sale(sale)) is not None:
                return self._process(id_, at, key)
            case Reprice(sale, amount) if (id_ := self._sale(sale)) is not None:
                change = UpdatePaymentIntent(id_, Change(amount), "order_id", TILL, None)
                return change, self.book.reprice(id_, amount)
            case Cancel(sale) if (id_ := self._sale(sale)) is not None:
                return CancelPaymentIntent(id_, None, TILL, None), self.book.cancel(id_)
            case Say(sale, word) if (id_ := self._sale(sale)) is not None:
                last = self.book.sales[id_].last
                return None if last is None else self._said(last, word)
            case _:
                return None

    def _sale(self, number: int) -> str | None:
        known = list(self.book.sales)
        return known[number] if number < len(known) else None

    def _create(self, amount: int, order: str | None, key: str | None) -> tuple[Command, Answer]:
        id_ = f"pi_{len(self.book.sales) + 1}"
        metadata = {} if order is None else {"order_id": order}
        asked = _key("create", key, f"{amount} {order}")
        new = NewPaymentIntent(amount, "eur", metadata=metadata)
        command = CreatePaymentIntent(id_, new, "order_id", DAY, TILL, _claim(asked))
        return command, self.book.create(id_, amount, order, asked)

    def _process(self, sale: str, at: str, key: str | None) -> tuple[Command, Answer]:
        self.tries += 1
        attempt = f"att_posd_{self.tries}"
        asked = _key(f"process {at}", key, sale)
        command = ProcessPaymentIntent(
            attempt=attempt,
            reader=at,
            payment_intent=sale,
            baseline=BASELINE,
            forbidden_by=None,
            actor=TILL,
            claim=_claim(asked),
            days=GuardedDays("2000-01-01"),
        )
        return command, self.book.process(sale, at, attempt, asked)

    def _said(self, one: Try, word: Word) -> tuple[Command, Answer]:
        if word in IN_THE_DIALOGUE:
            return Conclude(self._fact(one, word), REPORTS, IN_DIALOGUE), self._heard(one, word)
        only_from = frozenset({BEFORE[word]}) if word in BEFORE else IN_DOUBT
        return Conclude(self._fact(one, word), REPORTS, only_from), self._heard(one, word)

    def _fact(self, one: Try, word: Word) -> AttemptFact:
        amount = self.book.sales[one.sale].amount
        taken = replace(GIROCARD, amount=amount)
        charge = charge_id(one.id)
        facts: dict[Word, AttemptFact] = {
            Word.REPORTED: StatusReported(one.id, taken, accepted=True),
            Word.APPROVED: AttemptApproved(one.id, charge, amount, Proof.DIALOGUE, taken),
            Word.DECLINED: AttemptDeclined(one.id, 5),
            Word.LOST: OutcomeUnknown(one.id, "no_answer"),
            Word.HANDED_OVER: PersonNeeded(one.id, "not_in_time"),
            Word.SET_ASIDE: AttemptSetAside(one.id, "queue is waiting"),
            Word.FOUND_CHARGED: AttemptApproved(one.id, charge, amount, Proof.TERMINAL, taken),
            Word.FOUND_NOT_CHARGED: AttemptNotCharged(one.id, Proof.TERMINAL),
        }
        return facts[word]

    def _heard(self, one: Try, word: Word) -> Answer:
        book = self.book
        entries_of: dict[Word, Callable[[Try], Answer]] = {
            Word.REPORTED: book.report,
            Word.APPROVED: book.approve,
            Word.DECLINED: book.refuse,
            Word.LOST: book.lose,
            Word.HANDED_OVER: book.hand_over,
            Word.SET_ASIDE: book.set_aside,
            Word.FOUND_CHARGED: book.find_charged,
            Word.FOUND_NOT_CHARGED: book.find_not_charged,
        }
        return entries_of[word](one)


def _key(route: str, key: str | None, asked: str) -> Key | None:
    return None if key is None else (f"{route} {key}", asked)


def _claim(key: Key | None) -> Claim | None:
    return None if key is None else Claim(TILL, "POST", key[0], str(key[1]))


@pytest.mark.no_cover
@pytest.mark.timeout(600)
def test_the_journal_says_what_the_clerk_has_written() -> None:
    run_state_machine_as_test(
        JournalAndBook,
        settings=settings(
            max_examples=settings().max_examples // 2,
            stateful_step_count=STEPS,
            deadline=None,
            # To shorten a story of so few steps would take minutes: each of them writes to files.
            phases=(Phase.reuse, Phase.generate),
        ),
    )
