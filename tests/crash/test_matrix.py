"""posd dies at every point of a payment, comes back, and three ledgers it never writes agree.

The ledgers: the terminal's own book, what Stripe holds, and what the till read. A payment in which
posd dies is resolved by asking the terminal (M5), never by asking it to pay again.
"""

import itertools
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Semaphore
from typing import TypeAlias

import httpx2
import pytest
from typing_extensions import override

from posd.failpoints import KILLED_STATUS, Failpoint
from posd.model.facts import AttemptApproved, AttemptStarted, OutcomeUnknown, PersonNeeded
from posd_simulator.terminal.settings import StorageRule, Wire
from posd_simulator.terminal.station import UsbKind
from tests.cables.lines import EVERY_CABLE
from tests.crash.child import Nursery
from tests.crash.store import AUTHORISATION, REPEAT_RECEIPT, Store, Stripe, eventually

FIRST, SECOND, THIRD = 1000, 1100, 1200
"""Whole amounts: the simulated issuer approves them, and each names one payment in every ledger."""
TILL_KEY = "till-second-payment"
DEATH_S = 60.0
QUIET_S = 150.0
LOOK_S = 1.5
STORES_AT_WORK = 12
STORES_MAX = 140
"""Each is two processes, and most of the time waits."""
NOT_CHARGED = "requires_payment_method"


@dataclass(frozen=True, slots=True)
class AtFailpoint:
    """posd ends itself where it is armed to."""

    failpoint: Failpoint

    @override
    def __str__(self) -> str:
        return self.failpoint.value


@dataclass(frozen=True, slots=True)
class AtMessage:
    """The terminal kills posd at a message of the dialogue, counted from its command."""

    message: int
    moment: str

    @override
    def __str__(self) -> str:
        return f"{self.moment} message {self.message}"


Death: TypeAlias = AtFailpoint | AtMessage


@dataclass(frozen=True, slots=True)
class Case:
    """One store, and where posd dies in it."""

    wire: Wire | UsbKind
    rule: StorageRule
    death: Death

    @override
    def __str__(self) -> str:
        return f"{self.wire.value}, {self.rule.value} rule, {self.death}"


@dataclass(slots=True)
class Findings:
    """What is wrong after one death, in words: nothing if all is as it must be.

    Attributes:
        charged: Whether the terminal booked the payment.
        persons: How often its outcome was handed to a person.
    """

    wrong: list[str] = field(default_factory=list)
    charged: bool = False
    persons: int = 0


class Trial:
    """An ordinary payment, a death in the next one, the way back, and another ordinary one."""

    def __init__(self, case: Case, store: Store, at_work: Semaphore) -> None:
        """`at_work` bounds how many stores keep this machine busy; waiting is free."""
        self._death = case.death
        self._store = store
        self._at_work = at_work
        self._findings = Findings()
        self._paid = [FIRST]
        self._reads: list[str] = []

    def run(self) -> Findings:
        """The findings. Raises AssertionError if it does not come to its end."""
        store = self._store
        with self._at_work:
            store.open()
            store.pay(FIRST)
            self._arm()
            since_ms, intent = store.now_ms(), store.create(SECOND)
            self._die(intent)
            store.start()
            self._reads.append(store.status(intent))
            # A till that got no answer repeats its call, as the SDK does: same key, same body.
            store.process(intent, TILL_KEY)
        assert eventually(lambda: self._is_quiet(intent), QUIET_S, LOOK_S), store.log()
        self._reads.append(store.status(intent))
        self._judge(intent, store.messages(since_ms))
        with self._at_work:
            store.pay(THIRD)
        booked = [sale.amount for sale in store.book().stored]
        self._expect(booked == [*self._paid, THIRD], f"the terminal's book: {booked}")
        return self._findings

    def _expect(self, holds: bool, otherwise: str) -> None:  # noqa: FBT001 (an assertion)
        if not holds:
            self._findings.wrong.append(otherwise)

    def _arm(self) -> None:
        assert eventually(self._store.is_quiet, QUIET_S), self._store.log()
        match self._death:
            case AtFailpoint(failpoint):
                self._store.stop()
                self._store.open(failpoint)
            case AtMessage(message, moment):
                self._store.kill_at(message, moment)

    def _die(self, intent: str) -> None:
        posd = self._store.posd
        assert posd is not None
        with suppress(httpx2.TransportError):
            self._store.process(intent, TILL_KEY)
        status = posd.ended(DEATH_S)
        at_failpoint = isinstance(self._death, AtFailpoint)
        expected = KILLED_STATUS if at_failpoint else -signal.SIGKILL
        self._expect(status == expected, f"posd did not die there, its status is {status}")
        posd.kill()

    def _is_quiet(self, intent: str) -> bool:
        self._reads.append(self._store.status(intent))
        return self._store.is_quiet()

    def _judge(self, intent: str, messages: Sequence[str]) -> None:
        """Each of the three ledgers against the others, and what the till read meanwhile."""
        reads = self._reads
        booked, guaranteed = self._store.booked(SECOND), self._store.guaranteed(intent)
        self._paid += [SECOND] * booked
        self._findings.charged = booked == 1
        self._expect(booked <= 1, f"the terminal booked it {booked} times")
        last = "succeeded" if booked else NOT_CHARGED
        self._expect(reads[-1] == last, f"booked {booked} times, the till reads {reads}")
        self._expect(bool(booked) or "succeeded" not in reads, f"never paid, but told so: {reads}")
        self._expect(guaranteed == [SECOND] * booked, f"Stripe has {guaranteed}")
        commands = [line for line in messages if line.startswith(AUTHORISATION)]
        self._expect(len(commands) <= 1, f"the terminal was told to pay {len(commands)} times")
        self._judge_journal(intent, messages, booked)

    def _judge_journal(self, intent: str, messages: Sequence[str], booked: int) -> None:
        attempt = self._store.attempt(intent)
        if attempt is None:
            self._expect(booked == 0, "booked without an attempt in the journal")
            return
        kinds = [type(fact) for fact in self._store.facts(attempt.id)]
        self._findings.persons = kinds.count(PersonNeeded)
        self._expect(kinds.count(AttemptStarted) == 1, f"journal: {kinds}")
        self._expect(kinds.count(AttemptApproved) == booked, f"journal: {kinds}")
        asked = any(line.startswith(REPEAT_RECEIPT) for line in messages)
        self._expect(asked or OutcomeUnknown not in kinds, "resolved without asking the terminal")


@pytest.mark.timeout(1200 if EVERY_CABLE else 400)
def test_no_death_loses_or_doubles_a_payment(
    nursery: Nursery, stripe: Stripe, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    """Each death in a store of its own, all at once: what takes long is a terminal's T2 and T3."""
    at_work = Semaphore(STORES_AT_WORK)

    def survive(number: int, case: Case) -> Findings:
        place = tmp_path / str(number)
        with closing(Store(place, nursery, rule=case.rule, wire=case.wire, stripe=stripe)) as store:
            return Trial(case, store, at_work).run()

    cases = _cases(_messages_of_a_payment(tmp_path, nursery))
    with ThreadPoolExecutor(STORES_MAX) as pool:
        trials = [pool.submit(survive, number, case) for number, case in enumerate(cases)]
    persons = 0
    for case, trial in zip(cases, trials, strict=True):
        with subtests.test(str(case)):
            findings = trial.result()
            persons += findings.persons
            assert not findings.wrong
    assert persons == 0, "these terminals can tell what they booked: nobody has to be asked"


def _messages_of_a_payment(folder: Path, nursery: Nursery) -> int:
    """From the command to the answer to the completion, both sides counted."""
    with closing(Store(folder / "ordinary", nursery)) as store:
        store.open()
        store.pay(FIRST)
        assert eventually(lambda: not store.is_busy(), QUIET_S)
        messages = store.messages()
    first = next(at for at, line in enumerate(messages) if line.startswith(AUTHORISATION))
    return len(messages) - first


def _cases(messages: int) -> list[Case]:
    """Everything; or everything on the serial line, and on the others, in turn, each place once.

    TCP differs in its link alone, and USB carries the frames of the serial line.
    """
    deaths = _deaths(messages, ("before", "after"))
    if EVERY_CABLE:
        everywhere = itertools.product((*Wire, *UsbKind), StorageRule, deaths)
        return list(itertools.starmap(Case, everywhere))
    on_serial = list(
        itertools.starmap(Case, itertools.product((Wire.SERIAL,), StorageRule, deaths))
    )
    rules = itertools.cycle(StorageRule)
    on_tcp = [Case(Wire.TCP, next(rules), death) for death in _deaths(messages, ("after",))]
    # A terminal on TCP notices at once that posd is gone: its cases are over soon.
    return [*_on_usb(messages), *on_serial, *on_tcp]


def _on_usb(messages: int) -> Iterator[Case]:
    """In turn over the kinds of USB, the rules and the moments."""
    kinds, rules = itertools.cycle(UsbKind), itertools.cycle(StorageRule)
    for message in range(1, messages + 1):
        moment = "before" if message % 4 < 2 else "after"
        yield Case(next(kinds), next(rules), AtMessage(message, moment))


def _deaths(messages: int, moments: Sequence[str]) -> list[Death]:
    places = itertools.product(range(1, messages + 1), moments)
    return [*map(AtFailpoint, Failpoint), *(AtMessage(*place) for place in places)]
