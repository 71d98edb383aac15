"""The long-poll: a till hears of its payment at once, and nobody waits for a till that left."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from posd.access import digest
from posd.api import protocol
from posd.api.app import Api
from posd.api.listener import Listener
from posd.api.watch import WAITERS_MAX, Watch
from posd.composition import Posd
from posd.config.sections import KeyConfig
from posd.live import Live
from posd.model.access_key import Role
from posd_drivers.card_reader import Answer, Attendant, Step
from posd_drivers.errors import OutcomeUnknown
from tests.simulation.asgi import AsgiTransport, connected
from tests.simulation.ids import CountingIds
from tests.unit.posd.api.fakes import OBSERVER, TILL, Bench
from tests.unit.posd.house import LANE_1, House, config, declared, ordered
from tests.unit.posd.stage import ScriptedTerminal, approves
from tests.unit.posd.virtual import virtual

KEY = KeyConfig("till", Role.TILL, digest(TILL))
STEP_S = 5.0
LOOKS = 500


@dataclass
class Till:
    """A till that waits, and the transport it waits on."""

    posd: Posd
    client: httpx2.AsyncClient
    transport: AsgiTransport

    async def asks(self, id_: str, **params: str | int) -> dict[str, Any]:
        answer = await self.client.get(f"/posd/v1/payment_intents/{id_}", params=params)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told


@asynccontextmanager
async def till_at(
    folder: Path, terminal: ScriptedTerminal, read_s: float = 60
) -> AsyncIterator[Till]:
    house = House(folder, {LANE_1: terminal.open}, config(declared("lane-1"), keys=(KEY,)))
    async with house.living() as posd:
        api = Api(posd.services(), ids=CountingIds())
        async with connected(api) as transport:
            client = httpx2.AsyncClient(
                transport=transport,
                base_url="http://127.0.0.1",
                headers={"Authorization": f"Bearer {TILL}"},
                timeout=read_s,
            )
            yield Till(posd, client, transport)


def now() -> float:
    return asyncio.get_running_loop().time()


async def goes_by_steps(
    terminal: ScriptedTerminal, amount: int, currency: str, sale: Attendant
) -> Answer:
    sale.acknowledged()
    for step in (Step.PRESENT_CARD, Step.ENTER_PIN):
        sale.progress(step)
        await asyncio.sleep(STEP_S)
    return await approves(terminal, amount, currency, sale)


async def breaks(
    terminal: ScriptedTerminal, _amount: int, _currency: str, sale: Attendant
) -> Answer:
    sale.acknowledged()
    await asyncio.sleep(STEP_S)
    terminal.unplug()
    raise OutcomeUnknown("link_lost")


@virtual
async def test_a_till_follows_its_payment_step_by_step(tmp_path: Path) -> None:
    async with till_at(tmp_path, ScriptedTerminal(goes_by_steps)) as till:
        intent = await ordered(till.posd)
        new = await till.asks(intent.id, wait=25)
        assert (new["state"], new["next"], new["may_charge_elsewhere"]) == ("new", "retry", True)
        await till.posd.payments.process(LANE_1, intent.id, actor="key_till", claim=None)
        began, heard = now(), []
        told = await till.asks(intent.id, wait=25)
        while told["next"] == "wait":
            heard.append((told["step"], told["cashier_text"]))
            assert told["may_charge_elsewhere"] is False
            told = await till.asks(intent.id, wait=25, known=told["version"])
        assert (told["state"], told["next"], told["step"]) == ("approved", "done", None)
        assert told["cashier_text"] == "Paid. Please give the customer the receipt."
        steps = [step for step, _ in heard]
        assert "enter_pin" in steps
        assert 2 * STEP_S <= now() - began < 2 * STEP_S + 1


@virtual
async def test_nothing_new_is_answered_when_time_is_up(tmp_path: Path) -> None:
    async with till_at(tmp_path, ScriptedTerminal()) as till:
        intent = await ordered(till.posd)
        told = await till.asks(intent.id)
        began = now()
        again = await till.asks(intent.id, wait=20, known=told["version"])
        assert again == told
        assert now() - began == pytest.approx(20)
        assert (await till.asks(intent.id, wait=20, known="older"))["version"] == told["version"]
        assert now() - began == pytest.approx(20)


@virtual
async def test_a_broken_link_is_told_with_what_helps(tmp_path: Path) -> None:
    async with till_at(tmp_path, ScriptedTerminal(breaks)) as till:
        intent = await ordered(till.posd)
        await till.posd.payments.process(LANE_1, intent.id, actor="key_till", claim=None)
        told = await till.asks(intent.id, wait=25, language="de")
        while told["state"] != "unproven" or "Kabel" not in told["cashier_text"]:
            told = await till.asks(intent.id, wait=25, language="de", known=told["version"])
        assert told["cashier_text"].startswith("Zahlung noch nicht bestätigt. NICHT noch einmal")
        assert (told["next"], told["may_charge_elsewhere"]) == ("wait", False)
        assert (told["language"], told["step"]) == ("de", None)


@virtual
async def test_a_till_that_leaves_is_not_waited_for(tmp_path: Path) -> None:
    async with till_at(tmp_path, ScriptedTerminal(), read_s=1) as till:
        intent = await ordered(till.posd)
        version = (await till.asks(intent.id))["version"]
        watch = till.posd.services().watch
        with pytest.raises(httpx2.ReadTimeout):
            await till.asks(intent.id, wait=25, known=version)
        await asyncio.sleep(0.1)
        assert watch.waiting == 0


@virtual
async def test_only_so_many_may_wait_and_all_are_answered_when_posd_stops(tmp_path: Path) -> None:
    async with till_at(tmp_path, ScriptedTerminal()) as till:
        intent = await ordered(till.posd)
        version = (await till.asks(intent.id))["version"]
        watch = till.posd.services().watch
        async with asyncio.TaskGroup() as group:
            calls = [
                group.create_task(till.asks(intent.id, wait=25, known=version))
                for _ in range(WAITERS_MAX)
            ]
            await asyncio.sleep(1)
            assert watch.waiting == WAITERS_MAX
            refused = await till.client.get(
                f"/posd/v1/payment_intents/{intent.id}", params={"wait": 25, "known": version}
            )
            assert refused.status_code == 429
            assert refused.json()["error"]["code"] == "rate_limit"
            assert (await till.asks(intent.id))["version"] == version
            await till.posd.drain()
            began = now()
            till.posd.release()
            for call in calls:
                await call
            assert now() == began
        await till.asks(intent.id, wait=25, known=version)
        assert (now(), watch.waiting) == (began, 0)


def test_those_who_wait_leave_room_for_those_who_pay() -> None:
    assert WAITERS_MAX <= protocol.CONNECTIONS_MAX // 2


@virtual
async def test_a_change_between_the_look_and_the_wait_is_not_lost() -> None:
    watch = Watch(_no_facts)
    looks = 0

    def changed() -> bool:
        nonlocal looks
        looks += 1
        if looks == 2:
            watch.stir()
        return looks > 2

    await watch.until(changed, 25, _stays)
    assert (looks, now()) == (3, 0)


async def _no_facts() -> AsyncIterator[object]:
    await asyncio.Event().wait()
    yield None


async def _stays() -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"wait": "26"}, "wait"),
        ({"wait": "-1"}, "wait"),
        ({"wait": "soon"}, "wait"),
        ({"language": "fr"}, "language"),
        ({"knwon": "x"}, "knwon"),
    ],
)
async def test_bad_parameters_are_refused(params: dict[str, str], param: str) -> None:
    bench = Bench()
    async with bench.client() as till:
        answer = await till.get("/posd/v1/payment_intents/pi_posd_1", params=params)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


async def test_who_may_ask_and_for_what() -> None:
    bench = Bench()
    async with bench.client() as till, bench.client(OBSERVER) as observer:
        missing = await till.get("/posd/v1/payment_intents/pi_posd_404")
        assert (missing.status_code, missing.json()["error"]["code"]) == (404, "resource_missing")
        assert (await observer.get("/posd/v1/payment_intents/pi_posd_404")).status_code == 403


async def test_the_stores_locale_decides_where_the_till_does_not() -> None:
    bench = Bench(locale="de-AT")
    async with bench.client() as till:
        order = {"amount": "1250", "currency": "eur"}
        id_ = (await till.post("/v1/payment_intents", data=order)).json()["id"]
        path = f"/posd/v1/payment_intents/{id_}"
        assert (await till.get(path)).json()["language"] == "de"
        assert (await till.get(path, params={"language": "en"})).json()["language"] == "en"


async def test_over_a_real_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits beyond the time a request may take to arrive, and the connection is kept."""
    monkeypatch.setattr(protocol, "REQUEST_S", 0.1)
    bench = Bench()
    reader = await bench.reader()
    listener = await Listener.open(bench.api, port=0, socket=None)
    async with asyncio.TaskGroup() as group:
        group.create_task(listener.serve())
        async with httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{listener.port}",
            headers={"Authorization": f"Bearer {TILL}"},
            limits=httpx2.Limits(max_connections=1),
        ) as till:
            order = {"amount": "1250", "currency": "eur"}
            id_ = (await till.post("/v1/payment_intents", data=order)).json()["id"]
            path = f"/posd/v1/payment_intents/{id_}"
            process = f"/v1/terminal/readers/{reader}/process_payment_intent"
            await till.post(process, data={"payment_intent": id_})
            first = (await till.get(path)).json()
            call = group.create_task(
                till.get(path, params={"wait": "25", "known": first["version"]})
            )
            await asyncio.sleep(0.3)
            assert (bench.watch.waiting, call.done()) == (1, False)
            bench.fleet.now = Live(online=True, step=Step.PRESENT_CARD, trouble=None)
            bench.watch.stir()
            told = (await call).json()
            assert told["step"] == "present_card"
            gone = group.create_task(
                till.get(path, params={"wait": "25", "known": told["version"]})
            )
            await asyncio.sleep(0.1)
            assert bench.watch.waiting == 1
            gone.cancel()
        for _ in range(LOOKS):
            if bench.watch.waiting:
                await asyncio.sleep(0.01)
        assert bench.watch.waiting == 0
        await listener.stop()
