"""Make the golden journal of 0.1.0, by the code of 0.1.0.

In a checkout of the release, with nothing of it changed, and this file from wherever it is now::

    PYTHONPATH=.:drivers:simulator PYTHONHASHSEED=0 python …/tests/golden/make_0_1_0.py FOLDER

The store of `tests.unit.posd.branch` lives twice: a day with Stripe and, a month later, a day
without. At its end a payment is unproven, one is held, and what was taken waits to be told.
"""

import asyncio
import lzma
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import apsw
import httpx2

from posd import __version__
from posd.access import NewKey
from posd.journal import connection
from posd.model.access_key import Role
from posd_drivers.card_reader import Answer, Attendant
from posd_drivers.errors import OutcomeUnknown
from tests.simulation.asgi import Link
from tests.simulation.loop import virtually
from tests.unit.posd.branch import HERE, READERS, Branch, Street, street
from tests.unit.posd.giving_back import declines, shows_4242
from tests.unit.posd.hardware.office import FORM, ORDERS
from tests.unit.posd.house import LANE_1
from tests.unit.posd.stage import ScriptedTerminal

RELEASE: Final = "0.1.0"
DIALOGUE_S: Final = 2.0
DRAINED_S: Final = 90.0
MONTH_MS: Final = 30 * 24 * 3600 * 1000
REFUSED_ORDER: Final = "A-5"


class Writing:
    """Every statement of the writing connection, with its values, in order."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    @contextmanager
    def recorded(self) -> Iterator[None]:
        """While it is open, each writer that is opened is listened to."""
        opened = connection.open_writer

        def open_writer(path: Path, vfs: str | None) -> apsw.Connection:
            db = opened(path, vfs)
            db.exec_trace = self._note
            return db

        connection.open_writer = open_writer
        try:
            yield
        finally:
            connection.open_writer = opened

    def _note(self, by: apsw.Cursor | apsw.Connection, sql: str, _bindings: object) -> bool:
        self.statements.append(by.expanded_sql if isinstance(by, apsw.Cursor) else sql)
        return True


async def answered(
    store: Branch, path: str, who: str = "till", key: str | None = None, **form: str
) -> dict[str, Any]:
    """What posd answers to a call that it carries out."""
    answer = await store.ask("POST", path, who=who, key=key, **form)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def sold(store: Branch, amount: int, order: str, **more: str) -> str:
    """A PaymentIntent that the reader had time for; its id."""
    form = {"amount": str(amount), "currency": "eur", "metadata[order_id]": order, **more}
    made = await answered(store, "/v1/payment_intents", key=order, **form)
    intent: str = made["id"]
    await answered(store, f"{READERS}/{LANE_1}/process_payment_intent", payment_intent=intent)
    await asyncio.sleep(DIALOGUE_S)
    return intent


async def falls_silent(
    terminal: ScriptedTerminal, _amount: int, _currency: str, sale: Attendant
) -> Answer:
    """Takes the command, and its cable is pulled."""
    sale.acknowledged()
    terminal.unplug()
    raise OutcomeUnknown("no_answer")


def refuses_one(request: httpx2.Request, answer: httpx2.Response) -> httpx2.Response:
    """Stripe takes no report of REFUSED_ORDER."""
    if REFUSED_ORDER.encode() not in request.content:
        return answer
    error = {"type": "invalid_request_error", "code": "parameter_invalid", "message": "No."}
    return httpx2.Response(400, json={"error": error}, request=request)


async def a_day_with_stripe(store: Branch, there: Street) -> None:
    """Everything is told to Stripe, but for one payment that it does not take."""
    await asyncio.sleep(DIALOGUE_S)
    await store.posd.keys.create(NewKey("till 9", Role.TILL), actor="operator")
    await answered(store, READERS, "office", registration_code="simulated-wpe", location=HERE)
    await order_hardware(store)
    there.terminal.refunding = shows_4242
    paid = await sold(store, 1250, "A-1")
    await store.ask("GET", f"/v1/payment_intents/{paid}", who="till")
    there.terminal.dialogue = declines
    await sold(store, 2000, "A-2")
    there.terminal.dialogue = shows_4242
    given_back = await sold(store, 3000, "A-3")
    await answered(
        store,
        f"{READERS}/{LANE_1}/refund_payment",
        "office",
        payment_intent=given_back,
        amount="1000",
    )
    await asyncio.sleep(DIALOGUE_S)
    captured = await sold(store, 4000, "A-4", capture_method="manual")
    await answered(store, f"/v1/payment_intents/{captured}/capture")
    there.meddled.meddle = refuses_one
    await sold(store, 5000, REFUSED_ORDER)
    await asyncio.sleep(DRAINED_S)
    there.meddled.meddle = None
    await answered(store, f"/posd/v1/readers/{LANE_1}/end_of_day", "office")
    await asyncio.sleep(DIALOGUE_S)


async def first(store: Branch, wares: str) -> str:
    """Id of the first that Stripe sells."""
    told = await store.ask("GET", f"/v1/terminal/{wares}", country="DE")
    id_: str = told.json()["data"][0]["id"]
    return id_


async def order_hardware(store: Branch) -> None:
    """Two readers are on their way."""
    await answered(
        store,
        ORDERS,
        "office",
        **{
            **FORM,
            "hardware_order_items[0][terminal_hardware_sku]": await first(store, "hardware_skus"),
            "shipping_method": await first(store, "hardware_shipping_methods"),
        },
    )


async def a_day_without(store: Branch, there: Street) -> None:
    """Two payments wait to be told, a third is held, and what became of a fourth is not known."""
    await sold(store, 1100, "B-1")
    canceled = await answered(store, "/v1/payment_intents", amount="600", currency="eur")
    await answered(store, f"/v1/payment_intents/{canceled['id']}/cancel")
    await sold(store, 1200, "B-2")
    await sold(store, 1300, "B-3", capture_method="manual")
    there.terminal.dialogue = falls_silent
    await sold(store, 1400, "B-4")
    await asyncio.sleep(DRAINED_S)


async def live(folder: Path) -> None:
    """Both days."""
    async with street(folder) as there:
        file = there.house.file
        holding = replace(file.reader[0], manual_capture="sale_then_reverse")
        there.house.file = replace(file, reader=(holding,))
        async with there.open() as store:
            await a_day_with_stripe(store, there)
        there.house.clock.now_ms += MONTH_MS
        there.line.link = Link.DOWN
        async with there.open() as store:
            await a_day_without(store, there)


def main(folder: Path) -> None:
    """Leave the golden files of the release in the folder."""
    assert __version__ == RELEASE, "only the release itself makes its golden journal"
    writing = Writing()
    with TemporaryDirectory() as made, writing.recorded():
        virtually(live(Path(made)))
        journal = (Path(made) / "journal.sqlite").read_bytes()
    (folder / "journal.db.xz").write_bytes(lzma.compress(journal, preset=9))
    laid_out = writing.statements.index("COMMIT") + 1
    told = "".join(f"{statement};\n" for statement in writing.statements[laid_out:])
    (folder / "writing.sql.xz").write_bytes(lzma.compress(told.encode(), preset=9))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
