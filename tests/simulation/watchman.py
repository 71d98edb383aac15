"""Walks by every few seconds of virtual time: is anything late, leaked, or shown otherwise?

Deadlines count only while what they depend on was in order all the time.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from posd.composition import Posd
from tests.simulation.disk import Pace
from tests.simulation.history import AttemptSeen
from tests.simulation.host import Host
from tests.simulation.lane import Lane
from tests.simulation.trace import Trace
from tests.simulation.uplink import SOMEBODY_ELSES, Uplink
from tests.simulation.watch import Watch
from tests.simulation.wiring import Wiring

ROUND_S: Final = 10.0
SNAPSHOT_ROUNDS: Final = 18
SLACK_S: Final = 30.0
PERSON_S: Final = 300.0
"""An unknown outcome is proven or with a person after so long (M6)."""
DIALOGUE_S: Final = 600.0
"""No dialogue takes longer: card and PIN 30 s each, T4 180 s, three tries of each message."""
READER_BACK_S: Final = 10.0
"""A reader that is in order is held again: posd tries every 5 s."""
LINE_FOUND_S: Final = 45.0
"""Who waits for the line tries it every 8 s, and waits 30 s for an answer."""
REPORT_S: Final = 600.0
"""What is owed to Stripe is sent again after so long at most, while there is a line: each try comes
within five minutes, and one of them may be a look that Stripe does not answer."""
EXCUSED: Final = frozenset({"resolving", "quarantined"})
"""Troubles with which posd has the reader, and says that it takes no sale."""


@dataclass(slots=True)
class Watchman:
    """Makes rounds through the store."""

    watch: Watch
    host: Host
    lanes: Sequence[Lane]
    wiring: Wiring
    trace: Trace
    pace: Pace
    uplink: Uplink
    _line_since_s: float = 0.0
    _open_since_s: float = 0.0
    _round: int = 0

    async def run(self) -> None:
        """Make rounds for ever."""
        idle_s = dict.fromkeys((lane.name for lane in self.lanes), 0.0)
        while True:
            await asyncio.sleep(ROUND_S)
            now = asyncio.get_running_loop().time()
            up_since = self.host.up_since
            if not self.uplink.open:
                self._open_since_s = now
            if self.uplink.in_file == SOMEBODY_ELSES:
                self._open_since_s = now + REPORT_S  # it stops, and looks at the key now and then
            held = not self.uplink.known or self.watch.seen.history.gap
            if held or not self.uplink.open:
                self._line_since_s = now
            posd = self.host.posd
            if posd is None or up_since is None or self.pace.slow:
                for name in idle_s:
                    idle_s[name] = now
                continue
            self.i18_a_person_in_five_minutes(now - up_since)
            self.i18_no_endless_dialogue(now - up_since)
            self.i18_reports_are_tried(now - max(up_since, self._line_since_s))
            self.i19_the_line_is_used(max(up_since, self._open_since_s))
            for lane in self.lanes:
                if lane.terminal.busy or not lane.well or self._sought_in_vain(posd):
                    idle_s[lane.name] = now
                since = max(idle_s[lane.name], lane.well_since, up_since)
                self.i19_a_reader_comes_back(lane, now - since)
            self._round += 1
            if self._round % SNAPSHOT_ROUNDS == 0:
                self.i22_looking_changes_nothing()

    def _sought_in_vain(self, posd: Posd) -> bool:
        """Whether a terminal may be where nobody looks, or does not say who it is.

        Behind the cable of a reader in quarantine nobody looks; one that is busy, off or not heard
        for noise says nothing, for as long as somebody waits for its answer.
        """
        if self.wiring.straight:
            return False
        quarantined = any(reader.quarantine for reader in posd.journal.queries.readers())
        now = asyncio.get_running_loop().time()
        return quarantined or any(
            lane.terminal.busy or not lane.well or lane.well_since > now for lane in self.lanes
        )

    def i18_a_person_in_five_minutes(self, up_s: float) -> None:
        """I18: no outcome stays unknown for longer than that while posd runs (M6)."""
        now_s = asyncio.get_running_loop().time()
        for attempt in self._open("unknown"):
            age_s = now_s - attempt.since_s
            if min(age_s - PERSON_S, up_s) > SLACK_S:
                self.watch.find("I18", f"{attempt.id} is unknown for {age_s:.0f} s")

    def i18_no_endless_dialogue(self, up_s: float) -> None:
        """I18: a dialogue ends."""
        now_s = asyncio.get_running_loop().time()
        for state in ("started", "reported"):
            for attempt in self._open(state):
                age_s = now_s - attempt.since_s
                if min(age_s, up_s) > DIALOGUE_S:
                    self.watch.find("I18", f"{attempt.id} is {state} for {age_s:.0f} s")

    def i18_reports_are_tried(self, line_s: float) -> None:
        """I18: while there is a line to Stripe, what is owed is tried every five minutes."""
        if line_s <= REPORT_S + SLACK_S:
            return
        seen, now_s = self.watch.seen, asyncio.get_running_loop().time()
        for one in seen.history.owed():
            tries = seen.history.tries(one.intent)
            owed_s = seen.history.owed_since_s(one)
            since_s = max(owed_s, *(seen.tried_s.get(each.id, 0.0) for each in tries))
            if now_s - since_s > REPORT_S + SLACK_S:
                self.watch.find(
                    "I18", f"{one.id} is owed, nothing sent for {now_s - since_s:.0f} s"
                )

    def i19_the_line_is_used(self, since_s: float) -> None:
        """I19: a line to Stripe that is back is soon found to be, if anything is owed there.

        With a key of another account nothing is sent (M13), nor over a gap.
        """
        seen, now_s = self.watch.seen, asyncio.get_running_loop().time()
        if now_s - since_s <= LINE_FOUND_S or seen.posted_s >= since_s or seen.history.gap:
            return
        owed = [one for one in seen.history.owed() if seen.history.owed_since_s(one) < since_s]
        if owed:
            self.watch.find(
                "I19", f"the line is back for {now_s - since_s:.0f} s, {owed[0].id} owed"
            )

    def i19_a_reader_comes_back(self, lane: Lane, well_s: float) -> None:
        """I19: a reader that is in order is soon held again, or being asked what happened."""
        posd = self.host.posd
        if posd is None or well_s <= READER_BACK_S:
            return
        live = posd.fleet.live(lane.reader)
        if not live.online and (live.trouble is None or live.trouble.value not in EXCUSED):
            self.watch.find("I19", f"{lane.name} is well for {well_s:.0f} s: {live.trouble}")

    def i22_looking_changes_nothing(self) -> None:
        """I22: a snapshot equals itself; making it does no I/O and writes nothing."""
        posd = self.host.posd
        if posd is None:
            return
        before = (self.trace.steps, posd.journal.head)
        if posd.snapshot() != posd.snapshot():
            self.watch.find("I22", "two snapshots of one moment differ")
        if (self.trace.steps, posd.journal.head) != before:
            self.watch.find("I22", "a snapshot has left a trace")

    def _open(self, state: str) -> list[AttemptSeen]:
        history = self.watch.seen.history
        latest = [history.of_reader(lane.reader) for lane in self.lanes]
        return [attempt for attempt in latest if attempt is not None and attempt.state == state]


def tasks_by_name() -> Counter[str]:
    """How many tasks of each name there are (I20)."""
    return Counter(task.get_name() for task in asyncio.all_tasks())
