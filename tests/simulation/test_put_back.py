"""A store whose journal is put back from a backup, and what would come of it without the look."""

from typing import Final

import pytest

from tests.simulation import replay
from tests.simulation.asgi import Link
from tests.simulation.at_machine import JournalPutBack
from tests.simulation.day import Size
from tests.simulation.faults import Planned, UplinkFails
from tests.simulation.many import one

pytestmark = pytest.mark.timeout(60)

DAY: Final = Size("a few sales", 16, 900.0)
GIVING_BACK: Final = Size("an hour with refunds", 60, 3600.0)
REPAIRED_S: Final = 26 * 3600.0
"""Stripe has forgotten the keys of yesterday."""


def test_what_the_lost_facts_made_certain_is_not_made_certain_again() -> None:
    outcome = one(
        1,
        1,
        [
            Planned(60.0, UplinkFails(Link.DOWN, 400.0)),
            Planned(440.0, JournalPutBack(300.0, whole=False, for_s=REPAIRED_S)),
        ],
        DAY,
    )
    assert outcome.violations == (), replay.line(1, 1, DAY)
    assert outcome.facts["RestoreNoticed"] == 1
    assert outcome.facts["PaymentImported"] > 0
    assert outcome.facts["GapAccepted"] == 1


def test_what_the_lost_facts_gave_back_is_imported_and_the_audit_agrees() -> None:
    outcome = one(
        32, 1, [Planned(1500.0, JournalPutBack(700.0, whole=True, for_s=600.0))], GIVING_BACK
    )
    assert outcome.violations == (), replay.line(32, 1, GIVING_BACK)
    assert outcome.facts["RefundImported"] > 0
