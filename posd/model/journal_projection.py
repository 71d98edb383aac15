"""Facts of the journal itself and of its store → lives, gaps, archives; the name and the lanes."""

from typing import Protocol, TypeAlias, assert_never

from msgspec.structs import replace

from posd.model import archive as archives
from posd.model import restore as restores
from posd.model.archive import Archive
from posd.model.archive_facts import FactsArchived
from posd.model.facts import DaemonStarted
from posd.model.restore import Epoch, ImportedPayment, ImportedRefund, Restore
from posd.model.restore_facts import (
    GapAccepted,
    PaymentImported,
    RefundImported,
    RestoreFact,
    RestoreNoticed,
    SalesAllowed,
    TerminalCompared,
    UpstreamListed,
)
from posd.model.store import StoreLanes, StoreName, said
from posd.model.store_facts import LanesNamed, StoreNamed

JournalRecord: TypeAlias = (
    Epoch | Restore | ImportedPayment | ImportedRefund | Archive | StoreName | StoreLanes
)


class Lives(Protocol):
    """What is known of the journal's lives so far."""

    def epoch(self, id_: str) -> Epoch | None:
        """The epoch of that id."""
        ...

    def restore(self, id_: str) -> Restore | None:
        """The restore of that id."""
        ...


def journal_records(
    fact: DaemonStarted | RestoreFact | FactsArchived | StoreNamed | LanesNamed,
    known: Lives,
    at_ms: int,
    actor: str,
) -> tuple[JournalRecord, ...]:
    """The records after one more fact."""
    record: JournalRecord
    match fact:
        case DaemonStarted():
            record = restores.live_on(known.epoch(fact.epoch), fact)
        case RestoreNoticed():
            return _noticed(fact, known, at_ms)
        case PaymentImported():
            record = restores.imported(fact)
        case RefundImported():
            record = restores.imported_refund(fact)
        case UpstreamListed(id_) | TerminalCompared(id_) | SalesAllowed(id_) | GapAccepted(id_):
            record = restores.learn(_found(known.restore(id_)), fact, at_ms, actor)
        case FactsArchived():
            record = archives.made(fact, at_ms)
        case StoreNamed() | LanesNamed():
            record = said(fact)
        case _:
            assert_never(fact)
    return (record,)


def _noticed(fact: RestoreNoticed, known: Lives, at_ms: int) -> tuple[JournalRecord, ...]:
    """The epoch that begins and its restore; behind the one that is open no more because of it."""
    epoch = Epoch(fact.epoch, fact.journal, fact.machine)
    noticed = restores.notice(fact, at_ms)
    if fact.supersedes is None:
        return (epoch, noticed)
    before = replace(_found(known.restore(fact.supersedes)), superseded_by=fact.restore)
    return (before, epoch, noticed)


def _found(restore: Restore | None) -> Restore:
    assert restore is not None, "a fact names a record that does not exist"
    return restore
