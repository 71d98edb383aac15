"""A store whose posd is failed or killed in payment after payment, and what must hold after each.

The till does as an SDK does: what it got no answer to it asks again, with the same keys.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from itertools import count
from signal import SIGKILL, SIGTERM
from threading import Timer
from typing import Final, TypeAlias

import httpx2

from posd.model.facts import AttemptApproved, PersonNeeded
from tests.crash.child import Child
from tests.crash.store import AUTHORISATION, READER_PATH, Store, eventually
from tests.crash.torture import Fault, Injection, Trace

FIRST, STEP = 1000, 100
"""Whole amounts: the simulated issuer approves them, and each names one payment in every ledger."""
QUIET_S: Final = 120.0
LOOK_S: Final = 0.1
NOT_CHARGED: Final = "requires_payment_method"
BeforeRestart: TypeAlias = Callable[[], None]
"""Called when posd has ended and before it is started again."""
STATUS_OF: Final = {Fault.EIO: 70, Fault.ENOSPC: 70, Fault.KILL: -9}
"""How posd ends: a disk that refuses ends it by itself (M17)."""


def at_once() -> None:
    """Nothing happens before the restart."""


class Till:
    """One payment of a till that keeps on asking.

    Attributes:
        answered: Whether posd has said what becomes of it.
        reads: The statuses that it read, in order.
        intents: What it was told that its payment is called: once more, the same.
    """

    def __init__(self, store: Store, amount: int) -> None:
        self.amount = amount
        self.answered = False
        self.reads: list[str] = []
        self.intents: set[str] = set()
        self._store = store

    @property
    def intent(self) -> str:
        """What its payment is called."""
        (intent,) = self.intents
        return intent

    def look(self) -> None:
        """Ask once, from the beginning where there is no answer yet."""
        with suppress(httpx2.TransportError, httpx2.HTTPStatusError):
            if not self.answered:
                self._ask()
            self.reads.append(self._store.status(self.intent))

    def _ask(self) -> None:
        body = {"amount": str(self.amount), "currency": "eur"}
        card = {"payment_method_types[]": "card_present"}
        self.intents.add(self._post("/v1/payment_intents", "create", body | card)["id"])
        path = f"{READER_PATH}/process_payment_intent"
        self._post(path, "process", {"payment_intent": self.intent})
        self.answered = True

    def _post(self, path: str, what: str, body: dict[str, str]) -> dict[str, str]:
        key = {"Idempotency-Key": f"{what}-{self.amount}"}
        answer = self._store.till.post(path, data=body, headers=key)
        told: dict[str, str] = answer.raise_for_status().json()
        return told


class Tormented:
    """A store with a paid payment, whose posd runs. `suffer` as often as wanted."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._state = store.config.parent / "state"
        self._amounts = count(FIRST, STEP)
        self._booked: list[int] = []
        self._paid: list[str] = []
        store.open()
        self.pay()

    def pay(self) -> None:
        """An ordinary payment."""
        amount = next(self._amounts)
        self._paid.append(self._store.pay(amount))
        self._booked.append(amount)
        assert eventually(self._store.is_quiet, QUIET_S), self._store.log()

    def census(self) -> Counter[str]:
        """The durable calls of one payment, its report to Stripe included."""
        with self._traced() as trace:
            self.pay()
        return trace.durable_calls()

    def suffer(
        self, injection: Injection, before_restart: BeforeRestart = at_once
    ) -> list[str] | None:
        """What is wrong after a payment in which that happens; None if it did not."""
        harm = self._traced(injection)
        return self._survived(harm, STATUS_OF[injection.fault], before_restart)

    def stopped(self, injection: Injection | None) -> Counter[str]:
        """SIGTERM, and that happens to the end it comes to. The durable calls that it made."""
        posd = self._store.posd
        assert posd is not None
        with self._traced(injection) as trace:
            posd.send(SIGTERM)
            assert posd.ended() is not None, self._store.log()
        return trace.durable_calls()

    def started_again(self) -> list[str]:
        """What is wrong once posd is up: what was told before stands, and it sells."""
        self._store.open()
        wrong = [
            f"{intent} was paid, and is {status}"
            for intent in self._paid
            if (status := self._store.status(intent)) != "succeeded"
        ]
        self.pay()
        return wrong

    def killed(self, after_s: float, before_restart: BeforeRestart) -> list[str] | None:
        """What is wrong after a payment in which posd is killed; None if that was over before."""
        assert self._store.posd is not None
        harm = _kill(self._store.posd, after_s)
        return self._survived(harm, STATUS_OF[Fault.KILL], before_restart)

    def hindered(self, harm: AbstractContextManager[object]) -> list[str] | None:
        """What is wrong after a payment with a harm that is to end no posd; None if nothing is."""
        return self._survived(harm, os.EX_OK, at_once)

    def _survived(
        self, harm: AbstractContextManager[object], status: int, before_restart: BeforeRestart
    ) -> list[str] | None:
        till = Till(self._store, next(self._amounts))
        posd = self._store.posd
        assert posd is not None
        since_ms = self._store.now_ms()
        with harm:
            self._until(till, lambda: not posd.running or (till.answered and self._is_over()))
            ended = posd.status
        if ended is not None:
            before_restart()
            self._store.start()
            till.answered = False
            self._until(till, lambda: till.answered and self._is_over())
        till.look()  # it may have ended since the last look
        wrong = self._judged(till, since_ms)
        if ended is None:
            return wrong or None
        if ended != status:
            wrong.append(f"posd ended with status {ended}")
        # Two deaths without a payment between them, and the reader would be left alone (M18).
        self.pay()
        return wrong

    def _traced(self, injection: Injection | None = None) -> Trace:
        assert self._store.posd is not None
        return Trace(self._store.posd.pid, self._state, injection)

    def _until(self, till: Till, true: Callable[[], bool]) -> None:
        def looked() -> bool:
            till.look()
            return true()

        assert eventually(looked, QUIET_S, LOOK_S), self._store.log()

    def _is_over(self) -> bool:
        try:
            return self._store.is_quiet()
        except (httpx2.TransportError, httpx2.HTTPStatusError):
            return False

    def _judged(self, till: Till, since_ms: int) -> list[str]:
        """Each ledger against the others, and what the till read meanwhile."""
        store, reads = self._store, till.reads
        times = store.booked(till.amount)
        self._booked += [till.amount] * times
        lines = store.messages(since_ms)
        commands = sum(line.startswith(AUTHORISATION) for line in lines)
        told = {
            f"booked {times} times": times <= 1,
            f"told to pay {commands} times": commands <= 1,
            f"booked {times} times, the till reads {reads}": reads[-1]
            == ("succeeded" if times else NOT_CHARGED),
            f"told paid, then something else: {reads}": "succeeded" not in reads
            or set(reads[reads.index("succeeded") :]) == {"succeeded"},
            f"Stripe has {store.guaranteed(till.intent)}": store.guaranteed(till.intent)
            == [till.amount] * times,
            "the terminal's book has another payment": self._booked
            == [sale.amount for sale in store.book().stored],
            "a bug was logged": "task failed" not in store.log(),
        }
        wrong = [words for words, holds in told.items() if not holds]
        return wrong + self._judged_journal(till.intent, times)

    def _judged_journal(self, intent: str, times: int) -> list[str]:
        attempt = self._store.attempt(intent)
        if attempt is None:
            return ["booked without an attempt"] if times else []
        kinds = [type(fact) for fact in self._store.facts(attempt.id)]
        asked_somebody = PersonNeeded in kinds
        approvals = kinds.count(AttemptApproved)
        wrong = [] if approvals == times else [f"booked {times} times, journal: {kinds}"]
        return [*wrong, "a person was asked"] if asked_somebody else wrong


@contextmanager
def _kill(posd: Child, after_s: float) -> Iterator[None]:
    """Kill it so many seconds after the block begins, unless the block is over before."""
    timer = Timer(after_s, posd.send, [SIGKILL])
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
