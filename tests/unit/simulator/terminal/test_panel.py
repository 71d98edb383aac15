"""The page and the control port, in process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from posd_drivers.transport import memory
from posd_simulator.terminal import faults
from posd_simulator.terminal.cardholder import Behaviour, Cardholder, Prompt
from posd_simulator.terminal.inbox import Message
from posd_simulator.terminal.ledger import Book, Entry, Line, MemoryLedger
from posd_simulator.terminal.panel import Panel
from posd_simulator.terminal.settings import Settings, Wire
from posd_simulator.terminal.terminal import Terminal
from tests.unit.simulator.terminal.test_ledger import sale, stored
from tests.unit.simulator.terminal.test_terminal import PAY_12_50, until

FORM = {"content-type": "application/x-www-form-urlencoded"}


def switched_on() -> Terminal:
    book = Book().with_line(stored(1)).with_line(Line(Entry.REVERSED, sale(2), "auto_reversal"))
    return Terminal(
        Settings(wire=Wire.TCP, host_delay_s=0.01),
        MemoryLedger(book),
        now=lambda: datetime(2026, 11, 23, tzinfo=UTC),
        cardholder=Cardholder(auto=False),
    )


@contextlib.asynccontextmanager
async def browsing(terminal: Terminal) -> AsyncIterator[httpx2.AsyncClient]:
    panel = await asyncio.to_thread(Panel, terminal, lambda: "zvt+serial:///dev/<b>")
    transport = httpx2.ASGITransport(app=panel.app())
    async with (
        asyncio.TaskGroup() as group,
        httpx2.AsyncClient(transport=transport, base_url="http://panel") as client,
    ):
        turning = group.create_task(terminal.run())
        yield client
        turning.cancel()


async def test_the_page_shows_display_and_ledger_and_escapes() -> None:
    terminal = switched_on()
    terminal.display = "<script>"
    async with browsing(terminal) as client:
        page = (await client.get("/")).text
    assert "&lt;script&gt;" in page
    assert "zvt+serial:///dev/&lt;b&gt;" in page
    assert "auto_reversal" in page
    assert "Pull the cable" in page
    assert "http" not in page.replace("http-equiv", ""), "no request leaves the page"


async def test_messages_are_told_with_their_times() -> None:
    terminal = switched_on()
    terminal.messages.append(Message(1_795_392_000_250, "PT   06 0f 00"))
    async with browsing(terminal) as client:
        told = (await client.get("/state")).json()["messages"]
        page = (await client.get("/")).text
    assert told == [{"at_ms": 1_795_392_000_250, "line": "PT   06 0f 00"}]
    assert "\nPT   06 0f 00\n" in page.replace("<pre>", "\n")


async def test_a_button_of_the_page_scripts_the_next_cardholder() -> None:
    terminal = switched_on()
    async with browsing(terminal) as client:
        answer = await client.post("/script", content="behaviour=decline", headers=FORM)
        await until(lambda: terminal.cardholder.scripted == [Behaviour.DECLINE])
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


async def test_the_cable_can_be_pulled_for_a_while() -> None:
    terminal = switched_on()
    async with browsing(terminal) as client:
        state = (await client.post("/cable", json={"plugged": False, "for_s": 0.02})).json()
        assert state["plugged"] is False
        await terminal.cable.until_plugged()
        await client.post("/cable", content="plugged=false", headers=FORM)
        assert not terminal.cable.plugged
        await client.post("/cable", content="plugged=true", headers=FORM)
        assert terminal.cable.plugged


async def test_faults_are_armed_and_forgotten() -> None:
    terminal = switched_on()
    async with browsing(terminal) as client:
        await client.post("/fault", json={"fault": "bad_crc", "times": 2})
        assert terminal.faults.use(faults.BadCrc) == faults.BadCrc(2)
        await client.post("/calm")
        assert terminal.faults.use(faults.BadCrc) is None


async def test_what_curl_sends_is_json_though_it_calls_it_a_form() -> None:
    terminal = switched_on()
    async with browsing(terminal) as client:
        order = '{"fault": "bad_crc", "times": 2}'
        assert (await client.post("/fault", content=order, headers=FORM)).status_code == 200
        assert terminal.faults.use(faults.BadCrc) == faults.BadCrc(2)


async def test_a_missing_field_is_named() -> None:
    async with browsing(switched_on()) as client:
        answer = await client.post("/fault", json={"times": 2})
    assert (answer.status_code, answer.json()) == (400, {"error": "fault: missing"})


async def test_a_deed_is_done_and_shown() -> None:
    terminal = switched_on()
    async with browsing(terminal) as client:
        await client.post("/fault", json={"fault": "closing_by_hand"})
        await client.post("/fault", json={"fault": "status", "status": "C2"})
        await client.post("/fault", json={"fault": "clock_off", "by_s": 60})
        await until(lambda: terminal.status == 0xC2)
        state = (await client.get("/state")).json()
        page = (await client.get("/")).text
    assert sorted(row["kind"] for row in state["ledger"]) == ["closing", "sale", "sale"]
    assert state["clock"] == "2026-11-23T00:01:00+00:00"
    assert "terminal status: C2" in page
    assert "<td>closing" in page


async def test_a_card_is_presented_by_its_number() -> None:
    terminal = switched_on()
    line = memory.pair()
    async with browsing(terminal) as client, asyncio.TaskGroup() as group:
        serving = group.create_task(terminal.connect(line.pt))
        await line.ecr.write(PAY_12_50)
        await until(lambda: terminal.prompt is Prompt.CARD)
        answer = await client.post("/present", json={"number": "4000000000009995"})
        await until(lambda: bool(terminal.ledger.book.declined))
        serving.cancel()
    assert answer.status_code == 200
    assert terminal.ledger.book.declined[0].card == "insufficient_funds"


@pytest.mark.parametrize(
    ("body", "status"), [({"number": "4000000000009996"}, 422), ({"number": 7}, 422), ({}, 409)]
)
async def test_a_card_that_cannot_be_presented_is_not_repeated(
    body: dict[str, Any], status: int
) -> None:
    async with browsing(switched_on()) as client:
        answer = await client.post("/present", json=body)
    assert answer.status_code == status
    assert set(answer.json()) == {"error"}
    assert "9996" not in answer.text


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/script", b'{"behaviour": "dance"}'),
        ("/script", b"{}"),
        ("/script", b"["),
        ("/script", b"[]"),
        ("/fault", b'{"fault": "cut"}'),
        ("/fault", b'{"fault": "kill", "message": 1, "pid": "all"}'),
        ("/script", b'{"behaviour": "' + b"x" * 5000 + b'"}'),
    ],
)
async def test_what_is_not_understood_is_refused(path: str, body: bytes) -> None:
    async with browsing(switched_on()) as client:
        answer = await client.post(path, content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]


async def test_no_other_origin_presses_a_button() -> None:
    terminal = switched_on()
    async with browsing(terminal) as client:
        refused = await client.post(
            "/cable", json={"plugged": False}, headers={"origin": "http://evil.example"}
        )
        ours = await client.post(
            "/cable", json={"plugged": True}, headers={"origin": "http://panel"}
        )
    assert (refused.status_code, ours.status_code) == (403, 200)
    assert terminal.cable.plugged
