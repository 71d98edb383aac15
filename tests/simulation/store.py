"""One store put together: its lanes, tills, people, its machine and its way to Stripe."""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from posd.clock import utc
from posd.ids import Chance, chance
from posd_drivers.catalogue import Prints
from posd_simulator.cloud.app import create_app
from posd_simulator.cloud.cloud import Cloud
from posd_simulator.terminal.habits import NO_HABITS
from posd_simulator.terminal.profiles import BY_NAME
from posd_simulator.terminal.settings import Settings, StorageRule
from tests.simulation import broker as brokers
from tests.simulation import faults, limits
from tests.simulation.asgi import AsgiTransport
from tests.simulation.backroom import BackRoom
from tests.simulation.broker import Befalls, Broker
from tests.simulation.cashier import Cashier, Follows, Temper
from tests.simulation.clock import MachineClock
from tests.simulation.day import Size
from tests.simulation.disk import Pace
from tests.simulation.door import Door
from tests.simulation.faults import Planned, Premises
from tests.simulation.host import Host, Surroundings
from tests.simulation.ids import CountingIds
from tests.simulation.lane import Lane
from tests.simulation.limits import Limits
from tests.simulation.lives import OUTSIDE
from tests.simulation.loop import VirtualClock
from tests.simulation.person import Person
from tests.simulation.spoiler import Spoiler
from tests.simulation.till import Capture, Order, Till
from tests.simulation.trace import Trace
from tests.simulation.uplink import Uplink
from tests.simulation.visitors import Visitors
from tests.simulation.watch import Watch, WatchedStripe
from tests.simulation.watchman import Watchman
from tests.simulation.wiring import Wiring, address

OPENS_WALL_MS: Final = 1_795_420_800_000
"""Monday 2026-11-23, 08:00 UTC."""
DAY_S: Final = 24 * 3600.0
SETTLES_S: Final = 60.0
"""Before the first sale: posd has every reader."""
AMOUNT_STEP: Final = 100
TILL_KEY: Final = "posd_test_simulated_till"
DESK: Final = "desk"
DESK_KEY: Final = "posd_test_simulated_desk"
STRIPE: Final = "http://127.0.0.1:12111"
ERRS: Final = (0.0, 0.0, 0.0, 0.5)
"""How often the person errs, by store."""
DARK_CHANCE: Final = 0.9
"""How often a shop's machine is off at night, if there is anything to wait for until the next."""
BROKER_CHANCE: Final = 0.1
HELD_SHARES: Final = (0.0, 0.0, 0.2, 0.5)
HELD: Final = (
    (Capture.IN_FULL,) * 3
    + (Capture.IN_PART,) * 3
    + (
        Capture.CANCELLED,
        Capture.CANCELLED,
        Capture.FORGOTTEN,
    )
)
HOLDS: Final = ("refuse", "preauth", "preauth", "sale_then_reverse", "sale_then_reverse")
MAKES: Final = ("", "", "", *tuple(sorted(set(BY_NAME) - {"a920", "move5000", "vx820"})))
"""All but those that take no payments as their readers are configured, and one about networks."""
SWAPPERS: Final = 4_000_000
OPERATORS: Final = 5_000_000
THINNERS: Final = 7_000_000
NIGHTS: Final = 8_000_000
LIMITERS: Final = 6_000_000
BROKERS: Final = 9_000_000
"""Far from the other dice of any seed."""
ENDINGS: Final = (0,) * 14 + (50, 99, 2, 1, 5, 65)
"""Last two digits of amounts; 01, 05 and 65 are declined by the issuer, 02 asks for a PIN."""


@dataclass(slots=True)
class Shop:
    """The actors and the lines between them; `held_share` of all orders are captured later."""

    dice: Chance
    trace: Trace
    watch: Watch
    host: Host
    lanes: Sequence[Lane]
    cashiers: Sequence[Cashier]
    person: Person
    spoiler: Spoiler
    watchman: Watchman
    cloud: Cloud
    held_share: float
    size: Size
    dark_at_night: bool
    broker: Broker | None
    broker_days: Sequence[Befalls]
    tills: Sequence[Till] = field(default_factory=tuple)

    async def trade(self, plan: Sequence[Planned], days: int) -> None:
        """Sell through the opening hours of some days, faults included."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.spoiler.work(plan), name="faults")
            for cashier, orders in zip(self.cashiers, self._orders(days), strict=True):
                work = cashier.work(orders, self._is_over)
                group.create_task(work, name=cashier.till.name)

    def _is_over(self, at_s: float) -> bool:
        """Whether enough was sold on the day of that time, and on those before."""
        return self.size.is_over(int(at_s // DAY_S), self.watch.facts["AttemptStarted"])

    def _orders(self, days: int) -> list[list[tuple[float, Order]]]:
        """Each till's orders with their times, in seconds of the loop."""
        queues: list[list[tuple[float, Order]]] = [[] for _ in self.cashiers]
        for number in range(self.size.orders_max * days):
            day, place = divmod(number, self.size.orders_max)
            at_s = SETTLES_S + (place + self.dice.random()) * self.size.open_s / self.size.orders
            amount = AMOUNT_STEP * (number + 1) + self.dice.choice(ENDINGS)
            order = Order(f"order-{number + 1}", amount, self._capture())
            self.dice.choice(queues).append((day * DAY_S + at_s, order))
        return queues

    def _capture(self) -> Capture:
        held = self.dice.random() < self.held_share
        return self.dice.choice(HELD) if held else Capture.AT_ONCE


def build(
    seed: int, days: int, size: Size, folder: Path, root: asyncio.TaskGroup, watch: Watch
) -> tuple[Shop, tuple[Planned, ...]]:
    """Everything in its place, and what the seed says will go wrong."""
    dice, trace = chance(seed), watch.trace
    premises = Premises(dice.choice((2, 3)), dice.choice((1, 2, 3)), days, size.open_s, DAY_S)
    plan = _plan(seed, dice, premises)
    clock = VirtualClock(asyncio.get_running_loop(), OPENS_WALL_MS)
    machine_clock = MachineClock(asyncio.get_running_loop(), OPENS_WALL_MS)
    lanes = [_lane(f"lane-{n + 1}", dice, clock, root, watch) for n in range(premises.lanes)]
    wiring = Wiring(lanes)
    cloud = Cloud(clock.wall_ms, CountingIds().new, WatchedStripe(watch))
    line = AsgiTransport(create_app(cloud), root, OUTSIDE.copy)
    uplink = Uplink(line, watch.posted, watch.strayed)
    pace = Pace(chance(seed + 1))
    telling = chance(seed + BROKERS)
    broker = _broker(telling, watch)
    around = _surroundings(seed, machine_clock, wiring, uplink, pace, watch)
    if broker is not None:
        around = replace(around, broker=(broker, telling), died=_both(around.died, broker.hang_up))
    watch.seen.limits = limits.draw(chance(seed + LIMITERS))
    setup = _config(folder, lanes, dice, size.closes_at, watch.seen.limits)
    host = Host(folder, setup, around)

    def door(name: str, key: str) -> Door:
        return Door(host, f"{key}-{name}")

    names = [f"till-{number + 1}" for number in range(premises.tills)]
    tills = [Till(name, door(name, TILL_KEY), trace, watch) for name in names]
    desk = Till(DESK, door(DESK, DESK_KEY), trace, watch)
    cashiers = [_cashier(till, lanes, chance(seed * 10 + n)) for n, till in enumerate(tills)]
    visitors = Visitors(door(DESK, DESK_KEY), root, lambda what: watch.find("I22", what))
    room = BackRoom(host, machine_clock, uplink, visitors)
    shop = Shop(
        dice=dice,
        trace=trace,
        watch=watch,
        host=host,
        lanes=lanes,
        cashiers=cashiers,
        person=_person(desk, lanes, chance(seed + 3), dice.choice(ERRS), watch),
        spoiler=Spoiler(host, lanes, wiring, cashiers, cloud, room, pace, trace),
        watchman=Watchman(watch, host, lanes, wiring, trace, pace, uplink),
        cloud=cloud,
        held_share=dice.choice(HELD_SHARES),
        size=size,
        dark_at_night=chance(seed + NIGHTS).random() < DARK_CHANCE,
        broker=broker,
        broker_days=brokers.draw(telling, days, size.open_s, DAY_S),
        tills=tills,
    )
    return shop, size.thinned(plan, days, chance(seed + THINNERS))


def _plan(seed: int, dice: Chance, premises: Premises) -> tuple[Planned, ...]:
    """All that the seed says will go wrong, in its order."""
    swaps = faults.draw_swaps(chance(seed + SWAPPERS), premises)
    at_machine = faults.draw_at_machine(chance(seed + OPERATORS), premises)
    drawn = (*faults.draw(dice, premises), *swaps, *at_machine)
    return tuple(sorted(drawn, key=lambda one: one.at_s))


def _surroundings(
    seed: int, clock: MachineClock, wiring: Wiring, uplink: Uplink, pace: Pace, watch: Watch
) -> Surroundings:
    def hung_up() -> None:
        watch.died()
        wiring.hang_up()

    return Surroundings(
        clock=clock,
        ids=CountingIds(),
        chance=chance(seed + 2),
        open_reader=wiring.open,
        uplink=uplink,
        stripe=STRIPE,
        pace=pace,
        reached=watch.reached,
        wrote=watch.wrote,
        opened=watch.opened,
        stopped=watch.stopped,
        put_back=watch.put_back,
        died=hung_up,
        failed=lambda what: watch.find("M18", what),
    )


def _broker(dice: Chance, watch: Watch) -> Broker | None:
    """Some stores have one."""
    if dice.random() >= BROKER_CHANCE:
        return None
    return Broker(dice, watch.trace, lambda: watch.seen.history.head, watch.find)


def _both(one: Callable[[], None], other: Callable[[], None]) -> Callable[[], None]:
    def both() -> None:
        one()
        other()

    return both


def _person(desk: Till, lanes: Sequence[Lane], dice: Chance, errs: float, watch: Watch) -> Person:
    return Person(
        desk,
        {lane.name: lane for lane in lanes},
        dice,
        errs=errs,
        erred=watch.erred,
        begun_s=watch.day_begun_s,
        gap_is_listed=lambda: watch.seen.history.gap and watch.seen.history.listed,
        paid=lambda: list(watch.seen.paid_s),
    )


def _lane(
    name: str, dice: Chance, clock: VirtualClock, root: asyncio.TaskGroup, watch: Watch
) -> Lane:
    def now() -> datetime:
        return utc(clock.wall_ms())

    settings = Settings(
        storage_rule=dice.choice(list(StorageRule)),
        ecr_prints=dice.random() < 0.5,
        terminal_id=f"{dice.randrange(10**8):08d}",
        habits=BY_NAME[make].habits if (make := dice.choice(MAKES)) else NO_HABITS,
    )
    return Lane(
        name,
        settings,
        dice.choice(list(Prints)),
        now=now,
        group=root,
        dice=chance(dice.randrange(2**32)),
        trace=watch.trace,
        watcher=watch,
    )


def _cashier(till: Till, lanes: Sequence[Lane], dice: Chance) -> Cashier:
    readers = [lane.reader for lane in lanes]
    dice.shuffle(readers)
    return Cashier(
        till=till,
        readers=readers,
        temper=dice.choice(list(Temper)),
        follows=dice.choice(list(Follows)),
        dice=dice,
    )


def _config(
    folder: Path,
    lanes: Sequence[Lane],
    dice: Chance,
    closes_at: Sequence[str],
    offline: Limits | None,
) -> str:
    readers = "".join(
        f'[[reader]]\nname = "{lane.name}"\nurl = "{address(lane)}"\n'
        "simulated = true\n"
        f'manual_capture = "{dice.choice(HOLDS)}"\n'
        f'end_of_day = "{dice.choice(closes_at)}"\n'
        for lane in lanes
    )
    keys = "".join(
        f'[[key]]\nname = "{name}"\nrole = "{role}"\n'
        f'sha256 = "{hashlib.sha256(f"{key}-{name}".encode()).hexdigest()}"\n'
        for name, role, key in (
            *((f"till-{number}", "till", TILL_KEY) for number in (1, 2, 3)),
            (DESK, "manager", DESK_KEY),
        )
    )
    return f"""
mode = "test"
[store]
name = "simulated"
time_zone = "Europe/Berlin"
currency = "eur"
state_dir = "{folder}"
[upstream]
kind = "stripe"
base_url = "{STRIPE}"
{"" if offline is None else offline.section}{readers}{keys}"""
