"""A store whose journal is put back from a backup; its terminal and Stripe forget nothing."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx2

from posd.composition import Posd
from posd.config.sections import Config, UpstreamConfig
from posd.journal.epochs import Identity
from posd.model.restore import Restore
from posd.refund_commands import Allowance, RefundWish
from posd.upstream.client import StripeClient
from posd_drivers.card_reader import Answer, Attendant
from posd_simulator.cloud.app import create_app
from posd_simulator.cloud.cloud import Cloud
from posd_simulator.cloud.rules.payment_records import PaymentRecord, Refund, with_refund
from posd_simulator.cloud.serve import numbered
from tests.simulation.asgi import connected
from tests.simulation.high_water import MarkInMemory
from tests.simulation.ids import CountingIds
from tests.unit.posd.house import LANE_1, TILL, House, config, declared, ordered
from tests.unit.posd.stage import ScriptedTerminal, booked, hangs

DATABASE = "journal.sqlite"
STRIPE = UpstreamConfig(kind="stripe", base_url="http://stripe", requests_per_s=100)
REPORTED_S = 30
"""Long enough for whatever is due to be told."""


@dataclass
class Store:
    """One lane, and what outlives its posd."""

    house: House
    cloud: Cloud
    terminal: ScriptedTerminal = field(default_factory=ScriptedTerminal)
    mark: MarkInMemory = field(default_factory=MarkInMemory)
    saved_mark: MarkInMemory = field(default_factory=MarkInMemory)

    def back_up(self) -> None:
        """Copy the database at rest. The mark is not part of a backup; a snapshot has it."""
        folder = self.house.folder
        shutil.copy(folder / DATABASE, folder / "backup")
        self.saved_mark = MarkInMemory(self.mark.mark)

    def put_back(self, *, whole_machine: bool = False) -> None:
        """Put the backup in its place; `whole_machine`: with everything beside it."""
        folder = self.house.folder
        for name in (DATABASE + "-wal", DATABASE + "-shm"):
            (folder / name).unlink(missing_ok=True)
        shutil.copy(folder / "backup", folder / DATABASE)
        if whole_machine:
            self.mark.mark = self.saved_mark.mark

    def clone(self, folder: Path, machine: str) -> "Store":
        """The same disk in another machine, at another terminal of the same number."""
        shutil.copytree(self.house.folder, folder)
        terminal, mark = ScriptedTerminal(), MarkInMemory(self.mark.mark)
        house = House(folder, {LANE_1: terminal.open}, self.house.file)
        house.clock, house.ids = self.house.clock, CountingIds(10_000)
        house.identity = Identity(machine, CountingIds(20_000), mark)
        return Store(house, self.cloud, terminal, mark)

    def records(self) -> list[PaymentRecord]:
        """Everything that Stripe was told, strays too."""
        (account,) = self.cloud.ledger.accounts.values()
        return list(account.payment_records.values())

    def stray(self) -> None:
        """The newest report is doubled, as by a key that ran out; the second is not certain."""
        (account,) = self.cloud.ledger.accounts.values()
        newest = self.records()[-1]
        attempts = (replace(newest.latest, id="par_stray", outcome=None),)
        account.payment_records["pr_stray"] = replace(newest, id="pr_stray", attempts=attempts)

    def account(self) -> str:
        """Stripe's id of the account that everything is told to."""
        ((account, _livemode),) = self.cloud.ledger.accounts
        return account

    def report(self, refund: Refund) -> None:
        """Stripe is told of a refund of the newest payment, by nobody who is seen here."""
        (account,) = self.cloud.ledger.accounts.values()
        newest = self.records()[-1]
        account.payment_records[newest.id] = with_refund(newest, refund, ())

    def guaranteed(self) -> list[int]:
        """What Stripe holds for certain, each amount."""
        return [one.value for one in self.records() if one.latest.outcome is not None]


@asynccontextmanager
async def store(folder: Path, file: Config | None = None) -> AsyncIterator[Store]:
    """A store that reports to Stripe, unless `file` says otherwise."""
    terminal, mark = ScriptedTerminal(), MarkInMemory()
    house = House(folder, {LANE_1: terminal.open})
    house.file = file or config(declared("lane-1"), upstream=STRIPE)
    house.identity = Identity("machine-1", CountingIds(500), mark)
    cloud = Cloud(house.clock.wall_ms, numbered(1, 0))
    async with connected(create_app(cloud)) as line:
        if house.file.upstream.kind == "stripe":
            house.stripe = StripeClient("http://stripe", "rk_test_store", transport=line)
        yield Store(house, cloud, terminal, mark)


async def sold(posd: Posd, amount: int = 1250, order: str = "") -> str:
    """A payment of an order, if one is named, taken at the lane. Raises Refused."""
    intent = await ordered(posd, amount, **({"order_id": order} if order else {}))
    await posd.payments.process(LANE_1, intent.id, actor=TILL, claim=None)
    return intent.id


def gap(posd: Posd) -> Restore:
    """What is lost and not accepted."""
    found = posd.journal.queries.open_restore()
    assert found is not None
    return found


def wish(intent: str, allowance: Allowance, amount: int | None = None) -> RefundWish:
    return RefundWish(intent, None, amount, None, allowance, TILL, None)


async def books_and_hangs(
    terminal: ScriptedTerminal, amount: int, currency: str, sale: Attendant
) -> Answer:
    """The money is taken, and nothing is told of it."""
    terminal.stored = booked(terminal.next_receipt, amount)
    return await hangs(terminal, amount, currency, sale)


def away(_request: httpx2.Request) -> httpx2.Response:
    raise httpx2.ConnectError("no route to host")


def no_line() -> StripeClient:
    return StripeClient("http://stripe", "rk_test_store", transport=httpx2.MockTransport(away))
