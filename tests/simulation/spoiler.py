"""Carries out a plan of faults: each at its time, and counted once it has come."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, assert_never

from posd_simulator.cloud.cloud import Cloud
from posd_simulator.cloud.faults import Fault as CloudFault
from tests.simulation import at_machine, at_terminal, faults
from tests.simulation.at_machine import AtMachine
from tests.simulation.at_terminal import AtTerminal
from tests.simulation.backroom import BackRoom
from tests.simulation.cashier import Cashier
from tests.simulation.disk import Pace
from tests.simulation.faults import Fault, Planned
from tests.simulation.host import Host
from tests.simulation.lane import Act, Lane
from tests.simulation.trace import Trace
from tests.simulation.wiring import Wiring

AtOnce: TypeAlias = (
    faults.DaemonDiesAt
    | faults.DaemonDiesInBatch
    | faults.LineNoisy
    | faults.CardholderActs
    | faults.DiskSlow
    | faults.TillCrashes
    | faults.UplinkFails
    | faults.StripeMisbehaves
)


@dataclass(slots=True)
class Spoiler:
    """Whatever can go wrong, in one hand.

    Attributes:
        happened: How often each kind of fault has come.
    """

    host: Host
    lanes: Sequence[Lane]
    wiring: Wiring
    cashiers: Sequence[Cashier]
    cloud: Cloud
    room: BackRoom
    pace: Pace
    trace: Trace
    happened: Counter[str] = field(default_factory=Counter)

    async def work(self, plan: Sequence[Planned]) -> None:
        """Carry out the plan, from the opening on."""
        loop = asyncio.get_running_loop()
        for planned in plan:
            await asyncio.sleep(max(0.0, planned.at_s - loop.time()))
            self.trace.note("fault", repr(planned.fault).encode())
            self._make(planned.fault)

    def heal(self) -> None:
        """Nothing goes wrong from now on, and nothing stays unplugged."""
        self.room.heal()
        self.cloud.faults.clear()
        self.pace.slow_down(0.0, 0.0)
        self.host.doomed_at = None
        if self.host.disk is not None:
            self.host.disk.doom = None
        for lane in self.lanes:
            lane.heal()
        self.wiring.straighten()

    def _make(self, fault: Fault) -> None:
        match fault:
            case faults.CablePulled(lane, message, for_s):
                self._at(lane, message, fault, lambda: self.lanes[lane].pull(for_s))
            case faults.CablesSwapped(lane, message, for_s):
                self._at(lane, message, fault, lambda: self.wiring.swap(lane, for_s))
            case faults.TerminalReboots(lane, message, for_s):
                self._at(lane, message, fault, lambda: self.lanes[lane].reboot(for_s))
            case faults.DaemonDies(lane, message, batch, for_s):
                self._at(lane, message, fault, lambda: self.host.kill(batch, for_s))
            case _ if isinstance(fault, AtTerminal):
                if at_terminal.befall(fault, self.lanes[fault.lane]):
                    self._came(fault)
            case _ if isinstance(fault, AtMachine):
                at_machine.befall(fault, self.room)
                self._came(fault)
            case _:
                self._make_at_once(fault)
                self._came(fault)

    def _make_at_once(self, fault: AtOnce) -> None:
        match fault:
            case faults.DaemonDiesAt(point, for_s):
                self.host.doomed_at = (point, for_s)
            case faults.DaemonDiesInBatch(number, batch, for_s):
                self.host.kill_in_batch(number, batch, for_s)
            case faults.LineNoisy(lane, rate, for_s):
                self.lanes[lane].make_noise(rate, for_s)
            case faults.CardholderActs(lane, behaviour):
                self.lanes[lane].cardholder.script([behaviour])
            case faults.TillCrashes(till, after_s, for_s):
                self.cashiers[till].crash_in_next(after_s, for_s)
            case faults.DiskSlow(batch_s, for_s):
                self.pace.slow_down(batch_s, for_s)
            case faults.UplinkFails(link, for_s):
                self.room.uplink.fail(link, for_s)
            case faults.StripeMisbehaves(kind, method, times, status, delay_s):
                self.cloud.faults.add(
                    CloudFault(kind, method=method, times=times, status=status, delay_s=delay_s)
                )
            case _:
                assert_never(fault)

    def _at(self, lane: int, message: int, fault: Fault, act: Act) -> None:
        def come() -> None:
            self._came(fault)
            act()

        self.lanes[lane].at_message(message, come)

    def _came(self, fault: Fault) -> None:
        self.happened[faults.kind(fault)] += 1
