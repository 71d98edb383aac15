"""One command: legality, facts, records, events, outbox and claim, all or nothing."""

import asyncio
from pathlib import Path

import apsw
import pytest
from msgspec.structs import replace

from posd.errors import IdempotencyMismatch, Refused
from posd.journal.command import Committed, Decision, Entry, Ledger
from posd.journal.executor import LoopExecutor
from posd.journal.store import Journal
from posd.model.access_key_facts import AccessKeyCreated, AccessKeyRevoked
from posd.model.attempt import Attempt, AttemptState, IllegalMove
from posd.model.business_day import GuardedDays
from posd.model.facts import AccountLearned, AttemptApproved, Proof
from posd.model.payment_intent import IntentState, PaymentIntent
from tests.unit.posd.journal.scenario import (
    ATTEMPT,
    CHARGE,
    INTENT,
    NOVEMBER_MS,
    READER,
    TILL,
    Deciding,
    Facts,
    TurnedClock,
    approved,
    claim,
    effect,
    intent,
    open_journal,
    payment,
    reader,
    reported,
    started,
)
from tests.unit.posd.virtual import virtual


def _entry(journal: Journal, seq: int) -> Entry:
    entry = journal.queries.entry(seq)
    assert entry is not None
    return entry


async def test_a_committed_fact_can_be_read(journal: Journal) -> None:
    committed = await journal.commit(Facts((intent(),), INTENT))

    assert committed.seq == journal.head == 2
    assert committed.answer == INTENT
    assert not committed.replayed
    known = journal.queries.payment_intent(INTENT)
    assert committed.records == (known,)
    assert isinstance(known, PaymentIntent)
    assert (known.amount, known.currency, known.owner) == (1250, "eur", TILL)


async def test_what_a_command_changed_is_in_hand_without_another_look(journal: Journal) -> None:
    await journal.commit(Facts((reader(), intent())))
    committed = await journal.commit(Facts((started(),)))

    assert committed.record(Attempt, ATTEMPT) == journal.queries.attempt(ATTEMPT)
    assert committed.record(PaymentIntent, INTENT) == journal.queries.payment_intent(INTENT)
    assert committed.record(Attempt, INTENT) is None
    assert committed.record(Attempt, "att_posd_other") is None


async def test_the_envelope_says_who_when_where_and_what(journal: Journal) -> None:
    await journal.commit(Facts((intent(),), legs={"till": 3, "disk": 2}))

    entry = _entry(journal, 2)
    assert entry.kind == "PaymentIntentCreated"
    assert entry.version == 1
    assert entry.object == INTENT
    assert entry.boot == journal.boot == 1
    assert entry.node == "lane-1"
    assert entry.actor == TILL
    assert entry.account == ""
    assert entry.livemode is False
    assert entry.wall_ms == NOVEMBER_MS
    assert entry.legs == b'{"disk":2,"till":3}'
    assert entry.fact == intent()
    assert entry.previous == _entry(journal, 1).hash


async def test_each_start_is_a_fact_and_a_boot_epoch(tmp_path: Path) -> None:
    for boot in (1, 2, 3):
        journal = open_journal(tmp_path)
        assert journal.boot == boot
        assert journal.head == boot
        journal.close()


async def test_a_payment_leaves_facts_records_events_and_what_it_owes(journal: Journal) -> None:
    create, process, report, approve, _ = payment(1)
    for command in (Facts((reader(),)), create, process, report, approve):
        await journal.commit(command)

    attempt = journal.queries.attempt(ATTEMPT)
    paid = journal.queries.payment_intent(INTENT)
    assert attempt is not None
    assert paid is not None
    assert attempt.state is AttemptState.APPROVED
    assert (paid.state, paid.charge) == (IntentState.APPROVED, CHARGE)
    assert [entry.kind for entry in journal.queries.entries(ATTEMPT)] == [
        "AttemptStarted",
        "StatusReported",
        "AttemptApproved",
    ]
    assert [owed.effect for owed in journal.outbox.due(NOVEMBER_MS, 10)] == [effect()]
    assert journal.queries.events(2)[0].event.type == "AttemptApproved"


async def test_nothing_of_a_refused_command_is_written(journal: Journal) -> None:
    def refuse(_ledger: Ledger) -> Decision:
        raise Refused("terminal_reader_busy", "Busy.")

    with pytest.raises(Refused, match="Busy"):
        await journal.commit(Deciding(refuse, claim()))

    assert journal.head == 1
    committed = await journal.commit(Facts((intent(),), INTENT, claim=claim()))
    assert not committed.replayed


async def test_an_illegal_move_undoes_the_whole_command(journal: Journal) -> None:
    await journal.commit(Facts((reader(), intent())))

    with pytest.raises(IllegalMove):
        await journal.commit(Facts((started(), approved()), effects=(effect(),), claim=claim()))

    assert journal.head == 3
    assert journal.queries.attempt(ATTEMPT) is None
    assert journal.outbox.waiting_count() == 0
    assert journal.queries.entries(ATTEMPT) == []


async def test_what_is_undone_takes_nothing_of_its_batch_with_it(tmp_path: Path) -> None:
    journal = open_journal(tmp_path, executor=LoopExecutor(lambda: 0.0))
    _, undone, stands = await asyncio.gather(
        journal.commit(Facts((reader(), intent()))),  # alone: the two after it wait for it
        journal.commit(Facts((started(), approved()))),
        journal.commit(Facts((intent("pi_posd_2"),), "pi_posd_2")),
        return_exceptions=True,
    )

    assert isinstance(undone, IllegalMove)
    assert isinstance(stands, Committed)
    assert journal.head == stands.seq == 4
    assert journal.queries.entries(ATTEMPT) == []
    assert journal.queries.payment_intent("pi_posd_2") is not None
    journal.close()


async def test_a_kind_is_known_from_its_first_fact_that_is_not_undone(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    with pytest.raises(AssertionError):
        await journal.commit(Facts((intent(), intent())))
    for number in (1, 2):
        await journal.commit(Facts((intent(f"pi_{number}"),)))
    journal.close()

    db = apsw.Connection(str(tmp_path / "journal.sqlite"))
    known = db.execute("SELECT kind, version, first_seq FROM fact_kind ORDER BY first_seq")
    assert list(known) == [("DaemonStarted", 1, 1), ("PaymentIntentCreated", 1, 2)]
    db.close()


async def test_a_decision_without_facts_writes_none_and_keeps_its_claim(journal: Journal) -> None:
    nothing = await journal.commit(Facts((), INTENT, claim=claim()))
    assert (nothing.seq, nothing.answer, nothing.records) == (1, INTENT, ())

    late = await journal.commit(Facts((intent(),), INTENT, claim=claim()))
    assert (late.replayed, late.answer, journal.head) == (True, INTENT, 1)


async def test_a_decision_without_facts_and_answer_claims_nothing(journal: Journal) -> None:
    await journal.commit(Facts((), claim=claim()))
    again = await journal.commit(Facts((intent(),), INTENT, claim=claim(digest="other")))
    assert not again.replayed


async def test_an_effect_without_a_fact_is_a_bug(journal: Journal) -> None:
    with pytest.raises(AssertionError, match="owed by a fact"):
        await journal.commit(Facts((), effects=(effect(),)))
    with pytest.raises(AssertionError, match="settled by a fact"):
        await journal.commit(Facts((), settled=("report_1",)))


async def test_a_claim_is_answered_for_ever_with_what_it_made(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    first = await journal.commit(Facts((intent(),), INTENT, claim=claim()))
    again = await journal.commit(Facts((intent("pi_posd_2"),), "pi_posd_2", claim=claim()))
    journal.close()
    journal = open_journal(tmp_path)
    restarted = await journal.commit(Facts((intent("pi_posd_3"),), "pi_posd_3", claim=claim()))
    journal.close()

    for replay in (again, restarted):
        assert replay.replayed
        assert (replay.answer, replay.seq, replay.records) == (INTENT, first.seq, ())


async def test_two_of_one_claim_in_one_batch_make_one(tmp_path: Path) -> None:
    journal = open_journal(tmp_path, executor=LoopExecutor(lambda: 0.0))
    first, second = await asyncio.gather(
        journal.commit(Facts((intent(),), INTENT, claim=claim())),
        journal.commit(Facts((intent("pi_posd_2"),), "pi_posd_2", claim=claim())),
    )
    journal.close()

    assert (first.replayed, second.replayed) == (False, True)
    assert second.answer == first.answer == INTENT


@pytest.mark.parametrize(
    "other",
    [
        replace(claim(), access_key="key_posd_other"),
        claim(key="k2"),
        claim(route="POST /v1/terminal/readers"),
    ],
)
async def test_a_key_is_scoped_to_its_access_key_and_route(journal: Journal, other: object) -> None:
    await journal.commit(Facts((intent(),), INTENT, claim=claim()))
    assert other != claim()
    committed = await journal.commit(
        Facts((intent("pi_posd_2"),), "pi_posd_2", claim=other)  # type: ignore[arg-type]
    )
    assert not committed.replayed


async def test_a_claim_with_other_parameters_is_refused(journal: Journal) -> None:
    await journal.commit(Facts((intent(),), INTENT, claim=claim()))
    with pytest.raises(IdempotencyMismatch):
        await journal.commit(Facts((intent("pi_posd_2"),), claim=claim(digest="other")))
    assert journal.queries.payment_intent("pi_posd_2") is None


async def test_a_known_account_is_in_every_later_envelope(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    assert journal.queries.account() is None
    await journal.commit(Facts((AccountLearned("acct_1", livemode=False),)))
    await journal.commit(Facts((intent(),)))
    assert journal.queries.account() == "acct_1"
    journal.close()
    journal = open_journal(tmp_path)
    assert [_entry(journal, seq).account for seq in (1, 2, 3, 4)] == ["", *["acct_1"] * 3]
    journal.close()


async def test_the_ledger_sees_what_the_same_batch_wrote(journal: Journal) -> None:
    seen: list[object] = []

    def look(ledger: Ledger) -> Decision:
        unended = ledger.unended_at(READER)
        latest = ledger.latest_attempt(INTENT)
        guards = ledger.guarded_order("A-17", GuardedDays("2026-11-01"))
        assert unended is not None
        assert latest is not None
        seen.extend([unended.id, latest.id, [guard.payment_intent for guard in guards]])
        seen.extend([ledger.reader_at("zvt+tcp://10.0.0.7:20007"), ledger.reader_at("nowhere")])
        seen.extend([ledger.account(), ledger.guarded_order("A-17", GuardedDays("2026-11-02"))])
        return Decision(())

    def free(ledger: Ledger) -> Decision:
        assert ledger.unended_at(READER) is None
        assert ledger.guarded_order("A-17", GuardedDays("2026-11-01")) == []
        return Decision(())

    await asyncio.gather(
        journal.commit(Facts((reader(), intent(order="A-17")))),
        journal.commit(Deciding(free)),
        journal.commit(Facts((AccountLearned("acct_1", livemode=False), started()))),
        journal.commit(Deciding(look)),
    )
    assert seen == [ATTEMPT, ATTEMPT, [INTENT], READER, None, "acct_1", []]


async def test_the_tables_themselves_refuse_a_second_attempt_at_a_reader(journal: Journal) -> None:
    await journal.commit(Facts((reader(), intent(), intent("pi_posd_2"), started())))
    with pytest.raises(apsw.ConstraintError, match=r"attempt\.reader"):
        await journal.commit(Facts((started("att_posd_2", "pi_posd_2"),)))
    assert [attempt.id for attempt in journal.queries.unended_attempts()] == [ATTEMPT]


async def test_the_tables_themselves_refuse_a_second_attempt_of_an_intent(
    journal: Journal,
) -> None:
    other = reader("tmr_posd_2", "zvt+tcp://10.0.0.8:20007")
    await journal.commit(Facts((reader(), other, intent(), started())))
    with pytest.raises(apsw.ConstraintError, match=r"attempt\.payment_intent"):
        await journal.commit(Facts((started("att_posd_2", at="tmr_posd_2"),)))


async def test_a_later_fact_of_a_command_stands_on_the_earlier(journal: Journal) -> None:
    committed = await journal.commit(
        Facts((reader(), intent(), started(), reported(), approved()), ATTEMPT)
    )
    assert committed.seq == 6
    assert {record.id for record in committed.records} == {READER, INTENT, ATTEMPT}
    assert journal.queries.attempt(ATTEMPT) in committed.records
    assert journal.queries.payment_intent(INTENT) in committed.records


async def test_keys_are_records_too(journal: Journal) -> None:
    await journal.commit(Facts((AccessKeyCreated("key_1", "till 1", "till", "ab" * 32),)))
    await journal.commit(Facts((AccessKeyRevoked("key_1"),)))
    known = journal.queries.access_key("key_1")
    assert known is not None
    assert known.revoked


async def test_a_charge_leads_to_its_attempt(journal: Journal, clock: TurnedClock) -> None:
    clock.now_ms += 5_000
    approval = AttemptApproved(ATTEMPT, CHARGE, 1250, Proof.TERMINAL, None)
    await journal.commit(Facts((reader(), intent(), started(), reported(), approval)))
    found = journal.queries.attempt_of_charge(CHARGE)
    assert found is not None
    assert (found.id, found.proof) == (ATTEMPT, Proof.TERMINAL)
    assert found.started_ms == NOVEMBER_MS + 5_000
    assert journal.queries.attempt_of_charge("ch_nobody") is None


@virtual
async def test_a_commit_is_timed_until_it_is_on_disk_and_a_refusal_is_not(tmp_path: Path) -> None:
    journal = open_journal(tmp_path, executor=LoopExecutor(lambda: 0.02))
    await asyncio.gather(*(journal.commit(Facts((intent(f"pi_{n}"),))) for n in range(3)))
    with pytest.raises(IllegalMove):
        await journal.commit(Facts((reader(), intent(), started(), approved())))
    told = journal.commit_times.buckets()
    journal.close()
    # the first is alone in its batch, and the two others wait for it
    assert told.count == 3
    assert told.sum_s == pytest.approx(0.02 + 0.04 + 0.04)
