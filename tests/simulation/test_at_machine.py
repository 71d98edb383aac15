"""The back room of a simulated store: what befalls it does, and what is seen of it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from posd.errors import JournalFailed
from posd.ids import chance
from posd.journal.store import Journal
from posd.render import event
from tests.simulation import at_machine, invariants
from tests.simulation.asgi import AsgiTransport, Link, Message
from tests.simulation.at_machine import ClockJumps, KeyRefused
from tests.simulation.clock import MachineClock
from tests.simulation.disk import Batch, Disk, Refusal
from tests.simulation.evidence import Evidence
from tests.simulation.history import AttemptSeen, History
from tests.simulation.loop import VirtualClock
from tests.simulation.uplink import KEY, SOMEBODY_ELSES, WHOSE, Uplink
from tests.unit.posd.journal.replay import entries
from tests.unit.posd.journal.scenario import Facts, intent
from tests.unit.posd.virtual import virtual

HOUR_S = 3600.0


def opened(folder: Path, disk: Disk) -> Journal:
    return Journal.open(
        folder / "journal.db",
        executor=disk,
        clock=VirtualClock(asyncio.get_running_loop(), 0),
        node="simulated",
        livemode=False,
        software="0.0.0",
        render_events=event.events,
    )


@pytest.mark.parametrize("refusal", Refusal)
@pytest.mark.parametrize(("batch", "kept"), [(Batch.LOST, 1), (Batch.WRITTEN, 2)])
@virtual
async def test_a_disk_that_refuses_a_batch_fails_the_journal_and_keeps_it_or_not(
    tmp_path: Path, refusal: Refusal, batch: Batch, kept: int
) -> None:
    disk = Disk(lambda: 0.001, lambda: None)
    journal = opened(tmp_path, disk)
    disk.refuse(journal._db, refusal, batch)
    for _time in range(2):
        with pytest.raises(JournalFailed):
            await journal.commit(Facts((intent("pi_1"),)))
    journal.close()
    assert disk.refused

    again = opened(tmp_path, Disk(lambda: 0.001, lambda: None))
    written = len(entries(again._db))
    again.close()
    assert written == kept + 1  # and the new start


@asynccontextmanager
async def line_to_stripe(strayed: list[httpx2.Request]) -> AsyncIterator[Uplink]:
    async def answer(_scope: Message, _receive: object, send: Callable[..., object]) -> None:
        for message in (
            {"type": "http.response.start", "status": 200, "headers": []},
            {"type": "http.response.body", "body": b"{}"},
        ):
            await send(message)  # type: ignore[misc]

    async with asyncio.TaskGroup() as group:
        transport = AsgiTransport(answer, group)
        yield Uplink(transport, lambda _request, _body: None, strayed.append)
        await transport.aclose()


async def asked(uplink: Uplink, key: str = KEY, path: str = WHOSE) -> int | None:
    """The status of an answer, or None."""
    headers = {"authorization": f"Bearer {key}"}
    request = httpx2.Request("GET", f"http://stripe{path}", headers=headers)
    try:
        return (await uplink.handle_async_request(request)).status_code
    except httpx2.TransportError:
        return None


@virtual
async def test_a_line_that_is_down_for_days_is_repaired_by_nobody_before() -> None:
    async with line_to_stripe([]) as uplink:
        uplink.fail(Link.LOSES_ANSWERS, HOUR_S)
        uplink.go_down(24 * HOUR_S)
        await asyncio.sleep(2 * HOUR_S)
        uplink.fail(Link.DOWN, HOUR_S)
        await asyncio.sleep(2 * HOUR_S)
        assert (await asked(uplink), uplink.open) == (None, False)
        await asyncio.sleep(20 * HOUR_S)
        assert (await asked(uplink), uplink.open) == (200, True)


@virtual
async def test_a_key_is_refused_until_somebody_has_seen_to_it() -> None:
    async with line_to_stripe([]) as uplink:
        uplink.refuse(401, HOUR_S)
        assert await asked(uplink) == 401
        await asyncio.sleep(HOUR_S + 1)
        assert await asked(uplink) == 200


@virtual
async def test_a_rolled_key_is_the_only_one_that_stripe_takes() -> None:
    async with line_to_stripe([]) as uplink:
        uplink.roll_key(HOUR_S, strays=False)
        assert await uplink.read_key() == KEY
        assert (await asked(uplink), uplink.known) == (401, False)
        await asyncio.sleep(HOUR_S + 1)
        rolled = await uplink.read_key()
        assert [await asked(uplink, key) for key in (KEY, rolled)] == [401, 200]
        assert uplink.known


@virtual
async def test_whoever_sends_under_somebody_elses_key_is_seen() -> None:
    strayed: list[httpx2.Request] = []
    async with line_to_stripe(strayed) as uplink:
        uplink.roll_key(HOUR_S, strays=True)
        assert await uplink.read_key() == SOMEBODY_ELSES
        assert await asked(uplink, SOMEBODY_ELSES) == 200
        assert strayed == []
        await asked(uplink, SOMEBODY_ELSES, "/v1/payment_records")
        assert [request.url.path for request in strayed] == ["/v1/payment_records"]


@virtual
async def test_a_clock_that_jumps_takes_no_time() -> None:
    clock = MachineClock(asyncio.get_running_loop(), 1_000)
    clock.ahead_ms = -5_000
    await asyncio.sleep(1)
    assert (clock.wall_ms(), clock.monotonic_ms()) == (-3_000, 1_000)


def test_clocks_jump_both_ways_and_to_1970() -> None:
    jumps = [at_machine.MAKERS["ClockJumps"](chance(seed)) for seed in range(60)]
    by_s = [one.by_s for one in jumps if isinstance(one, ClockJumps)]
    assert min(by_s) == -at_machine.SINCE_1970_S
    assert any(-at_machine.CLOCK_JUMP_S_MAX <= jump < -60 for jump in by_s)
    assert any(60 < jump <= at_machine.CLOCK_JUMP_S_MAX for jump in by_s)


def test_a_key_is_refused_in_both_ways() -> None:
    refused = [at_machine.MAKERS["KeyRefused"](chance(seed)) for seed in range(20)]
    assert {one.status for one in refused if isinstance(one, KeyRefused)} == {401, 403}


@pytest.mark.parametrize(
    ("state", "took_s", "said"),
    [
        ("approved", 3.0, []),
        ("unknown", 3.0, []),
        ("started", 3.0, ["posd ends after 3 s with att_1 started"]),
        ("reported", 3.0, ["posd ends after 3 s with att_1 reported"]),
        ("started", 240.0, []),
        ("approved", 260.0, ["posd took 260 s to end"]),
    ],
)
def test_i20_sees_an_end_that_is_not_in_order(state: str, took_s: float, said: list[str]) -> None:
    history = History(Path("nowhere"))
    history.attempts["att_1"] = AttemptSeen("att_1", "pi_1", "tmr_1", 500, state, 0.0, 0.0)
    assert list(invariants.i20_an_end_in_order(Evidence(history), took_s)) == said
