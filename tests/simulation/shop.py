"""One store for some days, in virtual time: tills, lanes, posd, Stripe, and what goes wrong.

posd is the daemon's own composition; what is replaced is its World. The faults of all days are
drawn from the seed before the first begins. Then everything is healed, the shop falls quiet, posd
is started once more, and the ledgers are compared.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.simulation.day import LARGE, Size
from tests.simulation.disk import Batch
from tests.simulation.faults import Planned
from tests.simulation.lives import count_lives
from tests.simulation.quiet import Quiet
from tests.simulation.store import Shop, build
from tests.simulation.trace import Trace
from tests.simulation.watch import BugAlarm, Violation, Watch


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run leaves behind.

    Attributes:
        plan: The faults that were planned.
        digest: The trace hash.
        steps: How many things the trace noted.
        orders: How the tills' orders ended, by what was told of them last.
        facts: How often each kind of fact was journaled.
        faults: How often each kind of fault came.
        sometimes: How often each thing that should happen now and then did (I23).
        violations: What must not be true and is; the first one is the story.
    """

    plan: tuple[Planned, ...]
    digest: str
    steps: int
    orders: Counter[str]
    facts: Counter[str]
    faults: Counter[str]
    sometimes: Counter[str]
    violations: tuple[Violation, ...]

    @property
    def payments(self) -> int:
        """How many times a reader was to take a payment."""
        return self.facts["AttemptStarted"]


async def run(
    seed: int,
    days: int,
    folder: Path,
    plan: Sequence[Planned] | None = None,
    size: Size = LARGE,
) -> Outcome:
    """One store, `days` long, from one seed. Leaves its journal in `folder`.

    Args:
        seed: Decides everything, the plan included.
        days: How many.
        folder: An empty one.
        plan: What goes wrong instead of what the seed drew; of a shortened story.
        size: How large each day is.
    """
    outcomes: list[Outcome] = []
    trace = Trace()
    watch = Watch(folder, trace)
    try:
        async with asyncio.TaskGroup() as root:
            count_lives(asyncio.get_running_loop())
            shop, drawn = build(seed, days, size, folder, root, watch)
            todo = tuple(drawn if plan is None else plan)
            alarm = BugAlarm(watch, lambda: shop.host.posd is not None)
            logging.getLogger("posd").addHandler(alarm)
            try:
                await _open_and_close(shop, todo, days, root)
            finally:
                logging.getLogger("posd").removeHandler(alarm)
                shop.host.kill(Batch.LOST, 0.0)
            outcomes.append(_outcome(shop, todo))
            raise _Closed  # noqa: TRY301 (the group cancels what still runs)
    except* _Closed:
        pass
    return outcomes[0]


class _Closed(Exception):
    """Ends every task of the run."""


async def _open_and_close(
    shop: Shop, plan: Sequence[Planned], days: int, root: asyncio.TaskGroup
) -> None:
    """The whole of it, or up to the first violation."""
    root.create_task(shop.host.run(), name="host")
    root.create_task(shop.person.work(), name="person")
    root.create_task(shop.watchman.run(), name="watchman")
    if shop.broker is not None:
        root.create_task(shop.broker.live(shop.broker_days), name="broker")
    async with asyncio.TaskGroup() as group:
        story = group.create_task(_story(shop, plan, days), name="story")
        over = group.create_task(shop.watch.over.wait(), name="over")
        await asyncio.wait([story, over], return_when=asyncio.FIRST_COMPLETED)
        story.cancel()
        over.cancel()


async def _story(shop: Shop, plan: Sequence[Planned], days: int) -> None:
    await shop.trade(plan, days)
    shop.person.trades = False
    await shop.spoiler.room.wait_for_repairs()
    shop.spoiler.heal()
    quiet = Quiet(shop.watch, shop.host, shop.lanes, shop.tills, shop.dark_at_night, shop.broker)
    await quiet.compare()


def _outcome(shop: Shop, plan: tuple[Planned, ...]) -> Outcome:
    watch = shop.watch
    for cashier in shop.cashiers:
        for act, times in cashier.pressed.items():
            watch.sometimes[f"press {act}"] += times
    return Outcome(
        plan=plan,
        digest=shop.trace.digest(),
        steps=shop.trace.steps,
        orders=Counter(
            "paid" if order.paid else "not paid" for till in shop.tills for order in till.orders
        ),
        facts=watch.facts,
        faults=shop.spoiler.happened,
        sometimes=watch.sometimes,
        violations=tuple(watch.found),
    )
