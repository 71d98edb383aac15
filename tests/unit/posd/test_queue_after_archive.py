"""The queue when what came before has left for an archive."""

from pathlib import Path

from posd.journal import archive
from posd.model.facts import (
    AttemptApproved,
    AttemptKind,
    AttemptStarted,
    Baseline,
    EffectParked,
    Proof,
)
from posd.model.refund_facts import RefundRequested
from posd.queue import EffectRuling, Queue
from tests.unit.posd.journal.old_journal import DAY, MONTHS, TERMINAL, Shop
from tests.unit.posd.journal.scenario import GIROCARD, READER, Facts, effect, reported

OWED = "att_r-refund"


async def refund_that_stripe_refuses(shop: Shop) -> None:
    """The first month's payment is given back in the last one."""
    requested = RefundRequested("re_1", "pi_posd_1", "ch_posd_1", 400, "eur")
    begun = AttemptStarted(
        "att_r",
        AttemptKind.REFUND,
        "pi_posd_1",
        READER,
        400,
        "eur",
        Baseline(TERMINAL, asked=True),
        refund="re_1",
    )
    await shop.journal.commit(Facts((requested, begun)))
    await shop.journal.commit(Facts((reported("att_r"),)))
    taken = AttemptApproved("att_r", None, 400, Proof.DIALOGUE, GIROCARD)
    await shop.journal.commit(Facts((taken,), effects=(effect(OWED, "pi_posd_1"),)))
    refused = EffectParked(OWED, "pi_posd_1", 400, "resource_missing", "No such record")
    await shop.journal.commit(Facts((refused,), settled=(OWED,)))


def test_a_refund_of_an_archived_payment_is_listed_and_decided(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    shop = Shop(tmp_path / "state")
    shop.live(shop.trade)
    leaving = archive.write(shop.file, MONTHS[2], DAY.of, tmp_path / "old.db")
    assert leaving is not None

    async def give_back() -> None:
        await shop.journal.let_go(leaving)
        await refund_that_stripe_refuses(shop)
        queue = Queue(shop.journal, shop.clock)
        (item,) = queue.listed(None, 9)
        assert item.cause is not None
        assert (item.owed.effect.id, item.cause.code) == (OWED, "resource_missing")
        done = await queue.rule(OWED, EffectRuling.RETRY, "It is there now.", actor="k", claim=None)
        assert done.item.cause is None

    shop.live(give_back)
