"""A journal that owes, the forwarder that pays, and Stripe behind a line, in virtual time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import TypeAlias

import apsw
import httpx2
from msgspec.structs import replace

from posd.failpoints import Reach, disarmed
from posd.ids import chance
from posd.journal.executor import LoopExecutor
from posd.journal.store import Journal
from posd.model.effect import Effect, Owed
from posd.model.facts import AccountLearned, Fact, Proof
from posd.outcome import Conclude, approval
from posd.supervise import contained
from posd.sync.forwarder import Forwarder, Held
from posd.upstream.account import AccountCheck, FreshKey
from posd.upstream.client import StripeClient
from posd.upstream.limiter import Limiter
from posd.upstream.payment_records import PaymentRecordReports
from posd_simulator.cloud.app import create_app
from posd_simulator.cloud.cloud import Cloud, Logged
from posd_simulator.cloud.faults import Fault, FaultKind
from posd_simulator.cloud.serve import numbered
from tests.simulation.asgi import AsgiTransport, connected
from tests.unit.posd.journal.scenario import (
    Facts,
    approved,
    effect,
    intent,
    open_journal,
    reader,
    reported,
    started,
)
from tests.unit.posd.virtual import JumpingClock

KEY = "rk_test_store"
FSYNC_S = 0.001
REPORT = "/v1/payment_records/report_payment"
GUARANTEE = "/v1/payment_records/*/report_payment_attempt_guaranteed"
LIST = "/v1/payment_records"
HOUR_MS = 3_600_000


Answering: TypeAlias = (
    Callable[[httpx2.Request], httpx2.Response]
    | Callable[[httpx2.Request], Coroutine[None, None, httpx2.Response]]
)


def never_held() -> None:
    """Nothing is in the way of what is to be sent."""


class Uplink:
    """What a test of the forwarder turns and reads."""

    def __init__(
        self, folder: Path, cloud: Cloud, line: AsgiTransport, clock: JumpingClock
    ) -> None:
        self.cloud = cloud
        self.line = line
        self.clock = clock
        self._folder = folder
        self._approved = 0
        self.journal = self._open()

    async def start(self, amounts: int = 1) -> None:
        """So many payments are approved; each owes its report."""
        if self._approved == 0:
            await self.know(reader())
        for _ in range(amounts):
            await self.approve()

    async def approve(self) -> str:
        """One more payment of 12.50 is approved. Its PaymentIntent's id."""
        self._approved += 1
        payment, attempt_id = f"pi_posd_{self._approved}", f"att_posd_{self._approved}"
        await self.know(intent(payment), started(attempt_id, payment), reported(attempt_id))
        attempt = self.journal.queries.attempt(attempt_id)
        assert attempt is not None
        fact = approval(attempt, Proof.DIALOGUE, attempt.reported)
        await self.journal.commit(Conclude(fact, PaymentRecordReports()))
        return payment

    async def owe(self, count: int = 1) -> None:
        """So many payments of 12.50 more are approved, in one commit."""
        facts: list[Fact] = [] if self._approved else [reader()]
        effects: list[Effect] = []
        for _ in range(count):
            self._approved += 1
            payment, attempt = f"pi_posd_{self._approved}", f"att_posd_{self._approved}"
            facts += (intent(payment), started(attempt, payment), reported(attempt))
            facts.append(approved(attempt, f"ch_posd_{self._approved}"))
            id_ = f"{attempt}-report"
            effects.append(replace(effect(id_, payment), path=REPORT, key=id_))
        await self.journal.commit(Facts(tuple(facts), effects=tuple(effects)))

    async def know(self, *facts: Fact) -> None:
        """Make facts true."""
        await self.journal.commit(Facts(facts))

    async def learn(self, account: str) -> None:
        """The journal has belonged to this account before."""
        await self.know(AccountLearned(account, livemode=False))

    def fail(self, kind: FaultKind, path: str = REPORT, **more: object) -> None:
        """The next request to `path` meets a fault."""
        self.cloud.faults.add(Fault(kind, path=path, **more))  # type: ignore[arg-type]

    def forget_reports(self) -> None:
        """The journal is as it was before anything was reported, as after a restore."""
        self.journal.close()
        with closing(apsw.Connection(str(self._folder / "journal.sqlite"))) as db:
            db.execute("DELETE FROM outbox WHERE id LIKE '%-guarantee'")
            db.execute("UPDATE outbox SET state = 'waiting', first_sent_ms = NULL, look_first = 1")
        self.journal = self._open()

    @asynccontextmanager
    async def forwarding(
        self,
        *,
        key: str = KEY,
        livemode: bool = False,
        reports: PaymentRecordReports | None = None,
        reach: Reach = disarmed,
        answer: Answering | None = None,
        requests_per_s: float = 100.0,
        connections: int = 4,
        fresh_key: FreshKey | None = None,
        held: Held = never_held,
    ) -> AsyncIterator[Forwarder]:
        """One life of a forwarder; `answer` stands in for Stripe."""
        transport = httpx2.MockTransport(answer) if answer else self.line
        client = StripeClient("http://stripe", key, transport=transport, total_s=30.0)
        forwarder = Forwarder(
            self.journal,
            client,
            AccountCheck(self.journal, client, livemode=livemode, fresh_key=fresh_key),
            Limiter(requests_per_s, chance=chance(1)),
            reports or PaymentRecordReports(),
            contain=contained,
            held=held,
            clock=self.clock,
            chance=chance(1),
            reach=reach,
            connections=connections,
        )
        async with asyncio.TaskGroup() as group:
            running = group.create_task(forwarder.run(), name="forwarder")
            try:
                yield forwarder
            finally:
                running.cancel()

    def restart(self) -> None:
        """Close the journal and open it again, as the next process does."""
        self.journal.close()
        self.journal = self._open()

    def requests(self, path: str) -> list[Logged]:
        """What arrived at Stripe for one path, the record's id in it left out."""
        return [logged for logged in self.cloud.requests if _pattern(logged.path) == path]

    def records(self) -> list[tuple[int, bool]]:
        """Amount of each Payment Record, and whether it is guaranteed."""
        return [
            (record.value, record.latest.outcome is not None)
            for account in self.cloud.ledger.accounts.values()
            for record in account.payment_records.values()
        ]

    def owed(self) -> list[Owed]:
        """What waits, due or not, one of each lane."""
        return self.journal.outbox.due(2**62, limit=100)

    def facts(self, payment: str) -> list[str]:
        """Kinds of the facts about a PaymentIntent."""
        return [entry.kind for entry in self.journal.queries.entries(payment)]

    def _open(self) -> Journal:
        executor = LoopExecutor(lambda: FSYNC_S)
        return open_journal(self._folder, executor=executor, clock=self.clock)


def _pattern(path: str) -> str:
    parts = path.split("/")
    return "/".join("*" if part.startswith("pr_") else part for part in parts)


@asynccontextmanager
async def uplink(folder: Path, payments: int = 1) -> AsyncIterator[Uplink]:
    """A journal that owes the reports of so many approved payments."""
    clock = JumpingClock()
    cloud = Cloud(clock.wall_ms, numbered(1, 0))
    async with connected(create_app(cloud)) as line:
        on = Uplink(folder, cloud, line, clock)
        await on.start(payments)
        yield on
        on.journal.close()
