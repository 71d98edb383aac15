"""`GET /posd/v1/events`: each event once it is durable, and what was missed to who comes back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from starlette.types import Message

from posd.api import streaming
from posd.api.app import Api
from posd.api.event_stream import ALIVE, HEARTBEAT_S, HELLO, STREAMS_MAX
from posd.api.protocol import CONNECTIONS_MAX
from posd.composition import Posd
from posd.journal.epochs import Identity
from tests.simulation.high_water import MarkInMemory
from tests.simulation.ids import CountingIds
from tests.unit.posd.api.fakes import TILL, Bench
from tests.unit.posd.api.test_waiting import KEY
from tests.unit.posd.api.wire import AUTHORIZATION, LAST, Wire, served, wire
from tests.unit.posd.house import LANE_1, House, config, declared, ordered, paid
from tests.unit.posd.stage import ScriptedTerminal
from tests.unit.posd.virtual import virtual

HEAD = b"GET /posd/v1/events%b HTTP/1.1\r\nHost: localhost\r\n" + AUTHORIZATION
MEGABYTE = 1 << 20
LOOKS = 500
OF_A_PAYMENT = [
    "payment_intent.created",
    "payment_intent.processing",
    "payment_intent.succeeded",
    "terminal.reader.action_succeeded",
]


class Screen:
    """A client in this process: hears what the app sends, part by part, until it leaves."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._parts: asyncio.Queue[bytes] = asyncio.Queue(LOOKS)
        self._left = asyncio.Event()
        self._asked = False
        self._kept = b""
        self.ids: list[str] = []

    @asynccontextmanager
    async def follows(self, query: str = "", last: str = "") -> AsyncIterator[None]:
        """Connected to the stream, as a browser's EventSource is."""
        headers = [(b"host", b"localhost"), (b"authorization", f"Bearer {TILL}".encode())]
        headers += [(b"last-event-id", last.encode())] if last else []
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/posd/v1/events",
            "raw_path": b"/posd/v1/events",
            "query_string": query.encode(),
            "headers": headers,
        }
        async with asyncio.TaskGroup() as group:
            group.create_task(self._api(scope, self._receive, self._send))
            assert await self._parts.get() == b"200"
            yield
            self._left.set()

    async def hears(self, count: int) -> list[str]:
        """The types of the next events."""
        kinds: list[str] = []
        while len(kinds) < count:
            fields = dict(line.split(": ", 1) for line in (await self._message()).splitlines())
            if "event" in fields:
                kinds.append(fields["event"])
                self.ids.append(fields.get("id", ""))
                assert msgspec.json.decode(fields["data"]).get("id") == fields.get("id")
        return kinds

    async def _message(self) -> str:
        while b"\n\n" not in self._kept:
            self._kept += await self._parts.get()
        message, _, self._kept = self._kept.partition(b"\n\n")
        return message.decode()

    async def _receive(self) -> Message:
        if self._asked:
            await self._left.wait()
            return {"type": "http.disconnect"}
        self._asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def _send(self, message: Message) -> None:
        self._parts.put_nowait(message.get("body", str(message.get("status")).encode()))


@asynccontextmanager
async def store(folder: Path) -> AsyncIterator[tuple[Posd, Api]]:
    """A whole posd with one reader, whose journal knows itself again."""
    terminal = ScriptedTerminal()
    house = House(folder, {LANE_1: terminal.open}, config(declared("lane-1"), keys=(KEY,)))
    house.identity = Identity("machine-1", CountingIds(500), MarkInMemory())
    async with house.living() as posd:
        yield posd, Api(posd.services(), ids=CountingIds())


@virtual
async def test_what_happens_is_heard_as_it_becomes_durable(tmp_path: Path) -> None:
    async with store(tmp_path) as (posd, api):
        await ordered(posd)
        screen = Screen(api)
        async with screen.follows():
            await paid(posd)
            assert await screen.hears(4) == OF_A_PAYMENT


@virtual
async def test_who_comes_back_gets_what_was_missed_and_nothing_twice(tmp_path: Path) -> None:
    async with store(tmp_path) as (posd, api):
        first, again = Screen(api), Screen(api)
        async with first.follows():
            await paid(posd)
            await first.hears(2)
        await paid(posd)
        async with again.follows(last=first.ids[-1]):
            assert await again.hears(6) == OF_A_PAYMENT[2:] + OF_A_PAYMENT
        assert len({*first.ids, *again.ids}) == 8


@virtual
async def test_types_are_chosen_and_a_place_can_stand_in_the_query(tmp_path: Path) -> None:
    async with store(tmp_path) as (posd, api):
        await paid(posd)
        oldest = (await _listed(posd))[-1]
        screen = Screen(api)
        async with screen.follows(f"type=payment_intent.*ed&last_event_id={oldest}"):
            await paid(posd)
            assert await screen.hears(3) == [
                "payment_intent.succeeded",
                "payment_intent.created",
                "payment_intent.succeeded",
            ]


async def _listed(posd: Posd) -> list[str]:
    return [stored.event.id for stored in posd.journal.queries.events(100)]


@virtual
async def test_a_number_of_another_epoch_is_another_event(tmp_path: Path) -> None:
    async with store(tmp_path) as (posd, api):
        await paid(posd)
        oldest = (await _listed(posd))[-1]
        number, _, epoch = oldest.rpartition("_")
        assert number != "evt_posd", "its epoch is named"
        assert epoch != epoch[::-1]
        screen = Screen(api)
        async with screen.follows(last=f"{number}_{epoch[::-1]}"):
            assert await screen.hears(2) == ["posd.gap", OF_A_PAYMENT[0]]


@virtual
@pytest.mark.parametrize("last", ["evt_posd_0000000000017_Tn3zPq8w", "evt_posd_0000000000017", "7"])
async def test_who_saw_what_is_not_there_is_told_of_a_gap(tmp_path: Path, last: str) -> None:
    async with store(tmp_path) as (posd, api):
        await paid(posd)
        screen = Screen(api)
        async with screen.follows(last=last):
            assert await screen.hears(5) == ["posd.gap", *OF_A_PAYMENT]


@pytest.mark.parametrize("query", ["?type=a&types[]=b", "?type=%20", "?nothing=1"])
async def test_bad_filters_are_refused(query: str) -> None:
    async with served() as listener, wire(listener) as line:
        assert await opens(line, query) == 400


@virtual
async def test_a_sign_of_life_comes_in_time_however_much_stirs() -> None:
    bench = Bench()
    loop = asyncio.get_running_loop()
    parts = bench.streams.open(None, ())
    assert await anext(parts) == HELLO
    async with asyncio.TaskGroup() as group:

        async def stir() -> None:
            for _ in range(30):
                await asyncio.sleep(1)
                bench.watch.stir()

        group.create_task(stir())
        for beat in (1, 2):
            assert await anext(parts) == ALIVE
            assert loop.time() == pytest.approx(beat * HEARTBEAT_S)
        bench.feed.bodies.append(b'{"id": 1}')
        bench.watch.stir()
        assert b'data: {"id": 1}' in await anext(parts)


async def test_only_so_many_may_follow() -> None:
    bench = Bench()
    async with served(bench) as listener:
        held = [bench.streams.open(None, ()) for _ in range(STREAMS_MAX)]
        async with wire(listener) as line:
            assert await opens(line) == 429
        held.pop().close()
        async with wire(listener) as line:
            assert await opens(line) == 200
            assert bench.streams.open_count == STREAMS_MAX
        await _until_open(bench, STREAMS_MAX - 1)


async def test_a_client_that_takes_nothing_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "SEND_S_MAX", 0.1)
    bench = Bench()
    bench.feed.bodies += [b'"' + bytes(MEGABYTE) + b'"'] * 20
    async with served(bench) as listener, wire(listener) as line:
        await opens(line, "?last_event_id=evt_posd_0")
        await _until_open(bench, 0)
        connections = listener._server.server_state.connections
        for _ in range(LOOKS):
            if connections:
                await asyncio.sleep(0.01)
        assert not connections


async def test_a_stop_ends_every_stream_and_a_head_has_none() -> None:
    bench = Bench()
    async with served(bench) as listener:
        async with wire(listener) as line:
            await line.send(HEAD.replace(b"GET", b"HEAD") % b"" + b"\r\n")
            assert await line.status_of_head() == 200
            await line.send(LAST)
            async with asyncio.timeout(5):
                assert await line.status() == 200
        await _until_open(bench, 0)
        async with wire(listener) as line:
            await opens(line)
            bench.watch.close()
            assert (await line.message()).startswith(b"retry")
            await _until_open(bench, 0)


async def opens(line: Wire, query: str = "") -> int:
    """Ask over a real connection; the status of the answer."""
    await line.send(HEAD % query.encode() + b"\r\n")
    return await line.status_of_head()


async def _until_open(bench: Bench, count: int) -> None:
    for _ in range(LOOKS):
        if bench.streams.open_count != count:
            await asyncio.sleep(0.01)
    assert bench.streams.open_count == count


def test_a_stream_is_a_small_part_of_the_connections() -> None:
    assert STREAMS_MAX * 4 <= CONNECTIONS_MAX
