"""Orders over a journal on disk, one life after another, and the Stripe that outlives them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from posd.failpoints import Failpoint, Reach, disarmed
from posd.hardware.orders import Orders
from posd.ids import chance
from posd.journal.command import Answered, Claim
from posd.journal.executor import LoopExecutor
from posd.journal.store import Journal
from posd.mirror import Mirror
from posd.model.facts import Fact
from posd.model.mirrored import Mirrored
from posd.stripe_wire import form
from posd.stripe_wire.form import Node
from posd.upstream.account import AccountCheck
from posd.upstream.client import StripeClient
from posd.upstream.uplink import Uplink
from tests.simulation.ids import CountingIds
from tests.unit.posd.hardware.stripe import HardwareStripe
from tests.unit.posd.journal.scenario import open_journal
from tests.unit.posd.virtual import JumpingClock

MANAGER = "key_posd_manager"
FIRST = "thor_posd_00000001"
CLAIM = Claim(MANAGER, "POST /v1/terminal/hardware_orders", "k1", "d1")
ASKED: dict[str, Node] = form.parse(
    b"hardware_order_items[0][terminal_hardware_sku]=thsku_1&hardware_order_items[0][quantity]=2"
    b"&payment_type=monthly_invoice&shipping_method=thsm_1&metadata[branch]=14"
    b"&shipping[address][country]=DE&shipping[address][line1]=Hauptstr.+1"
    b"&shipping[address][postal_code]=10115&shipping[email]=till@example.com"
    b"&shipping[name]=Corner+shop&shipping[phone]=%2B49301234"
)


class Died(Exception):
    """The process is gone."""


def dies_at(armed: Failpoint) -> Reach:
    def reach(point: Failpoint) -> None:
        if point is armed:
            raise Died

    return reach


@dataclass
class Life:
    """One posd, as far as orders go."""

    journal: Journal
    mirror: Mirror
    orders: Orders
    uplink: Uplink

    async def order(self, claim: Claim | None = None) -> Answered[Mirrored]:
        return await self.orders.create(ASKED, actor=MANAGER, claim=claim)

    def facts(self, id_: str = FIRST) -> list[Fact | None]:
        return [entry.fact for entry in self.journal.queries.entries(id_)]

    def kinds(self, id_: str = FIRST) -> list[str]:
        return [type(fact).__name__ for fact in self.facts(id_)]


@dataclass
class Store:
    """What outlives a posd."""

    folder: Path
    stripe: HardwareStripe = field(default_factory=HardwareStripe)
    clock: JumpingClock = field(default_factory=JumpingClock)
    ids: CountingIds = field(default_factory=CountingIds)

    @asynccontextmanager
    async def living(
        self,
        reach: Reach = disarmed,
        *,
        livemode: bool = False,
        runs: bool = True,
        has_account: bool = True,
    ) -> AsyncIterator[Life]:
        """One life; with `runs`, undecided orders are settled as in the daemon."""
        journal = open_journal(self.folder, executor=LoopExecutor(lambda: 0.001), clock=self.clock)
        client = StripeClient("http://stripe", "rk_test_1", transport=self.stripe.transport())
        account = AccountCheck(journal, client, livemode=False)
        uplink = Uplink(client, account, clock=self.clock, chance=chance(1))
        mirror = Mirror(journal, self.clock)
        orders = Orders(
            journal,
            uplink if has_account else None,
            mirror,
            ids=self.ids,
            clock=self.clock,
            chance=chance(1),
            reach=reach,
            livemode=livemode,
        )
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(uplink.run(), name="uplink")]
                if runs:
                    tasks.append(group.create_task(orders.run(), name="orders"))
                yield Life(journal, mirror, orders, uplink)
                for task in tasks:
                    task.cancel()
        except* Died:
            pass
        finally:
            journal.close()
