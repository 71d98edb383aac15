"""A journal whose clock a test turns, commands that say what they decide, and a payment."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from posd.journal import connection
from posd.journal.command import Claim, Decision, Event, Ledger, RenderEvents
from posd.journal.epochs import Identity
from posd.journal.executor import BatchExecutor, ThreadExecutor
from posd.journal.store import Journal
from posd.model.effect import Effect
from posd.model.facts import (
    AttemptApproved,
    AttemptKind,
    AttemptStarted,
    Baseline,
    EffectDone,
    Fact,
    PaymentIntentCreated,
    Proof,
    StatusReported,
)
from posd.model.projection import Circumstance, Record
from posd.model.reader_facts import ReaderRegistered
from posd_drivers.card_reader import Kind, Transaction
from tests.in_memory import folder_in_memory

NOVEMBER_MS = 1_793_491_200_000  # 2026-11-01T00:00:00Z
DAY_MS = 86_400_000
TILL = "key_posd_till"
READER = "tmr_posd_1"
INTENT = "pi_posd_1"
ATTEMPT = "att_posd_1"
CHARGE = "ch_posd_1"


class TurnedClock:
    """Time that moves when a test says so."""

    def __init__(self, wall_ms: int = NOVEMBER_MS) -> None:
        self.now_ms = wall_ms

    def wall_ms(self) -> int:
        return self.now_ms

    def monotonic_ms(self) -> int:
        return self.now_ms


@dataclass(frozen=True)
class Facts:
    """A command that decides on these facts, whatever the records say."""

    facts: tuple[Fact, ...]
    answer: str = ""
    effects: tuple[Effect, ...] = ()
    settled: tuple[str, ...] = ()
    legs: dict[str, int] = field(default_factory=dict)
    claim: Claim | None = None
    actor: str = TILL
    requeued: tuple[str, ...] = ()

    def decide(self, _ledger: Ledger, _at: Circumstance, /) -> Decision:
        return Decision(
            self.facts, self.answer, self.effects, self.settled, self.legs, self.requeued
        )


@dataclass(frozen=True)
class Deciding:
    """A command whose decision is a function of the ledger."""

    how: Callable[[Ledger], Decision]
    claim: Claim | None = None
    actor: str = TILL

    def decide(self, ledger: Ledger, _at: Circumstance, /) -> Decision:
        return self.how(ledger)


def told(
    seq: int, fact: Fact, changed: Sequence[Record], _ledger: Ledger, _at: Circumstance
) -> Sequence[Event]:
    """One event for each record that a fact changed."""
    return [
        Event(f"evt_posd_{seq:012d}{ordinal}", type(fact).__name__, record.id, b"{}")
        for ordinal, record in enumerate(changed)
    ]


@cache
def _laid_out() -> bytes:
    """A journal before its first fact, as posd makes it; that takes longer than most tests."""
    with folder_in_memory() as folder:
        db = connection.open_writer(folder / "journal.sqlite", None)
        connection.migrate(db, 0)
        connection.trust(db)
        db.close()
        return (folder / "journal.sqlite").read_bytes()


def open_journal(
    directory: Path,
    *,
    executor: BatchExecutor | None = None,
    clock: TurnedClock | None = None,
    livemode: bool = False,
    vfs: str | None = None,
    render_events: RenderEvents = told,
    identity: Identity | None = None,
    laid_out: bool = True,
) -> Journal:
    """Open the journal, or a new one whose tables are there unless they are what is tested."""
    file = directory / "journal.sqlite"
    if laid_out and not (vfs or identity or any(directory.glob(f"{file.name}*"))):
        file.write_bytes(_laid_out())
    return Journal.open(
        file,
        executor=executor or ThreadExecutor(),
        clock=clock or TurnedClock(),
        node="lane-1",
        livemode=livemode,
        software="posd 0.1.0",
        render_events=render_events,
        vfs=vfs,
        identity=identity,
    )


def claim(key: str = "k1", digest: str = "d1", route: str = "POST /v1/payment_intents") -> Claim:
    return Claim(TILL, route, key, digest)


def reader(id_: str = READER, address: str = "zvt+tcp://10.0.0.7:20007") -> ReaderRegistered:
    return ReaderRegistered(id_, address, "Till 1", None, "eur", declared=False)


def intent(id_: str = INTENT, order: str | None = None) -> PaymentIntentCreated:
    return PaymentIntentCreated(id_, 1250, "eur", order=order, business_day="2026-11-01")


def started(
    attempt: str = ATTEMPT, payment_intent: str = INTENT, at: str = READER
) -> AttemptStarted:
    baseline = Baseline("52523535", asked=True, receipt=16, trace=116)
    return AttemptStarted(attempt, AttemptKind.SALE, payment_intent, at, 1250, "eur", baseline)


GIROCARD = Transaction(Kind.SALE, "52523535", 1250, "eur", result_code=0, receipt=17, trace=42)


def reported(attempt: str = ATTEMPT) -> StatusReported:
    return StatusReported(attempt, GIROCARD, accepted=True)


def approved(attempt: str = ATTEMPT, charge: str = CHARGE) -> AttemptApproved:
    return AttemptApproved(attempt, charge, 1250, Proof.DIALOGUE, GIROCARD)


def effect(id_: str = "report_1", lane: str = INTENT, account: str | None = None) -> Effect:
    return Effect(
        id=id_,
        stream="payment_records",
        lane=lane,
        method="POST",
        path="/v1/payment_records/report_payment",
        body=b"amount_requested[value]=1250",
        key=f"posd-{id_}",
        api_version="2026-01-28.clover",
        payment_intent=lane,
        livemode=False,
        account=account,
    )


def done(id_: str = "report_1", payment_intent: str = INTENT) -> Facts:
    return Facts((EffectDone(id_, payment_intent, "pr_1"),), settled=(id_,))


def payment(number: int, at: str = READER) -> list[Facts]:
    """The commands of one approved payment, in order; the last settles its report."""
    pi, att, report = f"pi_posd_{number}", f"att_posd_{number}", f"report_{number}"
    return [
        Facts((intent(pi),), pi, claim=claim(f"create-{number}")),
        Facts(
            (started(att, pi, at),), att, claim=claim(f"process-{number}", route="POST /process")
        ),
        Facts((reported(att),), att),
        Facts((approved(att, f"ch_posd_{number}"),), att, effects=(effect(report, pi),)),
        done(report, pi),
    ]
