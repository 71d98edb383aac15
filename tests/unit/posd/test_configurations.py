"""What is in force at a reader, asked of the journal and the mirror; and the line to Stripe."""

from dataclasses import dataclass
from typing import Any

import pytest

from posd.configurations import Configurations
from posd.journal.store import Journal
from posd.mirror import Mirror
from posd.model.configuration import OwnSetting, ReaderConfiguration, Standing
from posd.model.reader_facts import ReaderDeleted, ReaderRegistered
from posd.model.reboot_window import RebootWindow
from posd.model.upstream_facts import MirrorKind
from tests.unit.posd.journal.conftest import clock, journal
from tests.unit.posd.journal.scenario import Facts, TurnedClock

__all__ = ["clock", "journal"]

FRONT, KIOSK = "tmr_posd_front", "tmr_posd_kiosk"
DECLARED = (OwnSetting("currency", "eur", declared=True),)
UNNAMED = (OwnSetting("receipts", "terminal", declared=False),)


@dataclass
class Line:
    """A line to Stripe that is up or down as the test says."""

    down_since_ms: int | None = None


class Stage:
    """Two attached readers, of which one stands at a location with an override."""

    def __init__(self, journal: Journal, clock: TurnedClock) -> None:
        self.journal = journal
        self.clock = clock
        self.mirror = Mirror(journal, clock)
        self.line = Line()
        self.configurations = self.behind(self.line)

    def behind(self, line: Line | None) -> Configurations:
        return Configurations(
            self.journal,
            self.mirror,
            line,
            clock=self.clock,
            own={FRONT: DECLARED},
            unnamed=UNNAMED,
        )

    async def furnish(self, *, default: bool | None, override: bool | None) -> None:
        for id_, location in ((FRONT, None), (KIOSK, "tml_kiosk")):
            address = f"zvt+tcp://{id_.replace('_', '-')}:20007"
            fact = ReaderRegistered(id_, address, "Till", location, "eur", declared=False)
            await self.journal.commit(Facts((fact,)))
        await self.hear(MirrorKind.LOCATION, "tml_kiosk", configuration_overrides="tmc_kiosk")
        for id_, enabled in (("tmc_default", default), ("tmc_kiosk", override)):
            section = {} if enabled is None else {"offline": {"enabled": enabled}}
            is_default = id_ == "tmc_default"
            kind = MirrorKind.CONFIGURATION
            await self.hear(kind, id_, is_account_default=is_default, **section)

    async def hear(self, kind: MirrorKind, id_: str, **body: Any) -> None:
        await self.mirror.take(kind, {"id": id_, "object": kind.value, **body}, actor="mirror")

    def of(self, reader: str) -> ReaderConfiguration:
        found = self.configurations.of(reader)
        assert found is not None
        return found


@pytest.fixture
def stage(journal: Journal, clock: TurnedClock) -> Stage:
    return Stage(journal, clock)


async def test_a_reader_has_its_locations_values_and_its_own(stage: Stage) -> None:
    await stage.furnish(default=True, override=False)
    front, kiosk = stage.of(FRONT), stage.of(KIOSK)
    assert [(one.section, one.value) for one in front.settings] == [
        ("offline", True),
        ("reader", "eur"),
    ]
    assert [(one.section, one.value) for one in kiosk.settings] == [
        ("offline", False),
        ("reader", "terminal"),
    ]
    assert (front.location, kiosk.location) == (None, "tml_kiosk")
    assert kiosk.unheard is None


async def test_it_says_how_old_the_answer_is_and_what_is_missing_in_it(stage: Stage) -> None:
    await stage.furnish(default=True, override=False)
    await stage.hear(MirrorKind.LOCATION, "tml_kiosk", configuration_overrides="tmc_new")
    assert stage.of(KIOSK).heard_ms is None
    await stage.mirror.told_everything()
    assert stage.of(KIOSK).heard_ms == stage.clock.now_ms
    assert stage.of(KIOSK).unheard == "tmc_new"


async def test_a_reader_of_stripes_has_what_it_has_been_asked_for(stage: Stage) -> None:
    await stage.furnish(default=True, override=False)
    known = {"device_type": "stripe_s700", "location": "tml_kiosk"}
    await stage.hear(MirrorKind.READER, "tmr_cloud", **known)
    (offline,) = stage.of("tmr_cloud").settings
    assert (offline.value, offline.standing) == (False, Standing.ASKED)
    stage.clock.now_ms += 10 * 60 * 1000
    (offline,) = stage.of("tmr_cloud").settings
    assert offline.standing is Standing.PRESUMED_APPLIED


async def test_what_stripe_tells_oddly_breaks_nothing(stage: Stage) -> None:
    await stage.furnish(default=True, override=False)
    await stage.hear(MirrorKind.READER, "tmr_odd", device_type=7, location={"id": "tml_kiosk"})
    assert stage.of("tmr_odd").location is None
    assert [one.value for one in stage.of("tmr_odd").settings] == [True]


async def test_of_a_reader_that_is_unknown_or_deleted_nothing_is_told(stage: Stage) -> None:
    await stage.furnish(default=True, override=False)
    await stage.journal.commit(Facts((ReaderDeleted(FRONT),)))
    assert stage.configurations.of(FRONT) is None
    assert stage.configurations.of("tmr_nobody") is None
    assert stage.configurations.of("tml_kiosk") is None


@pytest.mark.parametrize(
    ("default", "override", "front", "kiosk"),
    [
        (None, None, None, None),
        (True, False, None, "tmc_kiosk"),
        (False, True, "tmc_default", None),
        (False, None, "tmc_default", "tmc_default"),
    ],
)
async def test_a_configuration_forbids_sales_only_while_the_line_is_down(
    stage: Stage,
    *,
    default: bool | None,
    override: bool | None,
    front: str | None,
    kiosk: str | None,
) -> None:
    await stage.furnish(default=default, override=override)
    asked = stage.configurations.offline_forbidden_by
    assert (asked(FRONT), asked(KIOSK)) == (None, None)
    stage.line.down_since_ms = stage.clock.now_ms
    assert (asked(FRONT), asked(KIOSK)) == (front, kiosk)
    stage.line.down_since_ms = None
    assert (asked(FRONT), asked(KIOSK)) == (None, None)


async def test_without_stripe_nothing_is_in_force_but_posds_own(stage: Stage) -> None:
    await stage.furnish(default=False, override=False)
    alone = stage.behind(None)
    assert alone.offline_forbidden_by(KIOSK) is None
    found = alone.of(KIOSK)
    assert found is not None
    assert [(one.section, one.value) for one in found.settings] == [
        ("offline", True),
        ("reader", "terminal"),
    ]


async def test_the_window_is_that_of_the_readers_location(stage: Stage) -> None:
    await stage.furnish(default=None, override=None)
    hours = {"start_hour": 2, "end_hour": 4}
    await stage.hear(MirrorKind.CONFIGURATION, "tmc_kiosk", reboot_window=hours)
    assert stage.configurations.reboot_window_of(KIOSK) == RebootWindow(2, 4)
    assert stage.configurations.reboot_window_of(FRONT) is None
    assert stage.configurations.reboot_window_of("tmr_nobody") is None


async def test_a_reader_that_nobody_knows_is_forbidden_nothing(stage: Stage) -> None:
    await stage.furnish(default=False, override=False)
    stage.line.down_since_ms = stage.clock.now_ms
    assert stage.configurations.offline_forbidden_by("tmr_nobody") is None
