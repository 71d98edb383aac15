"""A key is told once; the journal has its hash and nothing else of it."""

from pathlib import Path

import pytest

from posd.access import Keys, NewKey, digest
from posd.errors import Refused
from posd.journal.executor import LoopExecutor
from posd.journal.store import Journal
from posd.model.access_key import AccessKey, Role
from posd.model.access_key_facts import AccessKeyRevoked
from tests.simulation.ids import CountingIds
from tests.unit.posd.journal.scenario import Facts, open_journal

DRAWN = "v" * 43
DECLARED = AccessKey("key_office", "office", Role.MANAGER, digest("posd_test_office"))


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return open_journal(tmp_path, executor=LoopExecutor(lambda: 0.0))


def on_disk(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


def keys(journal: Journal) -> Keys:
    return Keys(journal, [DECLARED], ids=CountingIds(), livemode=False, draw=lambda: DRAWN)


async def test_the_text_of_a_key_is_nowhere_on_disk(journal: Journal, tmp_path: Path) -> None:
    new = NewKey("till 1", Role.TILL, "1", refund_max=500)
    key, secret = await keys(journal).create(new, actor="operator")
    assert secret == f"posd_test_{DRAWN}"
    assert (key.sha256, key.role, key.lane) == (digest(secret), Role.TILL, "1")
    assert key.refund_max == 500
    assert keys(journal).by_hash(digest(secret)) == key
    journal.close()
    written = on_disk(tmp_path)
    assert digest(secret).encode() in written
    assert DRAWN.encode() not in written


async def test_a_name_is_one_keys_until_it_is_revoked(journal: Journal) -> None:
    known = keys(journal)
    key, secret = await known.create(NewKey("till 1", Role.TILL), actor="operator")
    for name in ("till 1", DECLARED.name):
        with pytest.raises(Refused):
            await known.create(NewKey(name, Role.TILL), actor="operator")
    await journal.commit(Facts((AccessKeyRevoked(key.id),)))
    assert known.by_hash(digest(secret)) is None
    await known.create(NewKey("till 1", Role.TILL), actor="operator")
    journal.close()


async def test_a_declared_key_opens_without_a_fact(journal: Journal) -> None:
    assert keys(journal).by_hash(DECLARED.sha256) == DECLARED
    assert keys(journal).by_hash(digest("posd_test_other")) is None
    journal.close()
