"""The ends of day of one reader, and of no other."""

from posd.journal.store import Journal
from posd.model.facts import AttemptKind, AttemptNotSent, AttemptStarted, Baseline
from tests.unit.posd.journal.scenario import Facts, intent, reader, started

BASELINE = Baseline("52523535", asked=True)
FRONT, BACK = "tmr_posd_1", "tmr_posd_2"


def closing(id_: str, at: str) -> Facts:
    """One that the terminal never heard of."""
    began = AttemptStarted(id_, AttemptKind.END_OF_DAY, "", at, 0, "eur", BASELINE)
    return Facts((began, AttemptNotSent(id_)))


async def test_the_latest_come_first_and_no_more_than_asked_for(journal: Journal) -> None:
    await journal.commit(Facts((reader(FRONT), reader(BACK, "zvt+tcp://10.0.0.8:20007"))))
    for id_, at in (("att_1", FRONT), ("att_2", BACK), ("att_3", FRONT), ("att_4", FRONT)):
        await journal.commit(closing(id_, at))
    await journal.commit(Facts((intent(), started())))
    told = journal.queries.closings_of(FRONT, 2)
    assert [one.id for one in told] == ["att_4", "att_3"]
    assert [one.id for one in journal.queries.closings_of(BACK, 9)] == ["att_2"]
    assert journal.queries.closings_of("tmr_x", 9) == []
