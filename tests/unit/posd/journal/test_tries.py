"""What several payments are told by, in one look-up."""

from posd.journal.store import Journal
from posd.journal.tries import Tries
from posd.model.facts import AttemptDeclined, AttemptKind, AttemptStarted, Baseline
from tests.unit.posd.journal.scenario import READER, Facts, intent, payment, reader, started

BACK = AttemptStarted(
    "att_posd_back",
    AttemptKind.REVERSAL,
    "pi_posd_1",
    READER,
    1250,
    "eur",
    Baseline("52523535", asked=True, receipt=17),
)


async def test_each_payment_has_the_tries_that_it_is_told_by(journal: Journal) -> None:
    await journal.commit(Facts((reader(),)))
    for command in payment(1):
        await journal.commit(command)
    await journal.commit(Facts((BACK,)))
    await journal.commit(Facts((AttemptDeclined("att_posd_back", 0x6C),)))
    await journal.commit(Facts((intent("pi_posd_2"), started("att_posd_2", "pi_posd_2"))))
    await journal.commit(Facts((intent("pi_posd_3"),)))
    asked = journal.queries
    newest_first = asked.payment_intents(3)
    assert [one.id for one in newest_first] == ["pi_posd_3", "pi_posd_2", "pi_posd_1"]
    only = asked.attempt("att_posd_2")
    assert asked.tries_at(newest_first) == [
        Tries(None, None),
        Tries(only, only),
        Tries(asked.attempt("att_posd_1"), asked.attempt("att_posd_back")),
    ]


async def test_of_no_payments_nothing_is_told(journal: Journal) -> None:
    assert journal.queries.tries_at([]) == []
