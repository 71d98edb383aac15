"""`posd-sim terminal` as a process: a real pty, a real port, a restart, an end."""

import asyncio
import contextlib
import fcntl
import json
import os
import signal
import struct
import sys
import termios
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from typer.testing import CliRunner

from posd_drivers.errors import DeviceGone
from posd_drivers.transport.base import Transport
from posd_drivers.transport.serial import open_serial
from posd_drivers.transport.tcp import connect_tcp
from posd_drivers.zvt.framing import Frame, FrameDecoder
from posd_simulator.cli import app, main
from posd_simulator.terminal.ledger import read_ledger
from posd_simulator.terminal.serve import _Server, finely_timed_loop
from tests.unit.simulator.terminal.test_link import ACK, GOOD, framed
from tests.unit.simulator.terminal.test_terminal import Caller, until

OCTET_AT_9600_S = 11 / 9600


def test_the_line_waits_for_less_than_an_octet_where_less_is_asked() -> None:
    async def waits() -> list[float]:
        clock = asyncio.get_running_loop().time
        began = [clock()]
        for _ in range(20):
            await asyncio.sleep(OCTET_AT_9600_S / 10)
            began.append(clock())
        return [after - before for before, after in pairwise(began)]

    with asyncio.Runner(loop_factory=finely_timed_loop) as runner:
        # Of many, the quickest: a busy machine is no finding.
        assert min(runner.run(waits())) < OCTET_AT_9600_S / 2


@dataclass
class Simulator:
    """The running process."""

    process: asyncio.subprocess.Process
    ready: dict[str, Any]

    async def post(self, path: str, **fields: Any) -> dict[str, Any]:
        async with httpx2.AsyncClient(base_url=self.ready["control"], verify=False) as client:
            answer = await client.post(path, json=fields)
        assert answer.status_code == 200, answer.text
        state: dict[str, Any] = answer.json()
        return state


@contextlib.asynccontextmanager
async def posd_sim(*arguments: str) -> AsyncIterator[Simulator]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from posd_simulator.cli import main; main()",
        "terminal",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        ready = json.loads(await process.stdout.readline())
        assert ready["ready"] is True
        yield Simulator(process, ready)
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()


class SerialCaller:
    """A till on the line: acknowledges each frame and answers each message 80 00."""

    def __init__(self, line: Transport) -> None:
        self.line = line
        self._decoder = FrameDecoder()

    async def run(self, command: str) -> str:
        """One command to its completion or abort, which is the result."""
        await self.line.write(bytes.fromhex(framed(command)))
        while True:
            for event in self._decoder.feed(await self.line.read()):
                if isinstance(event, Frame):
                    await self.line.write(bytes.fromhex(ACK))
                    if event.apdu[0] in (0x04, 0x06):
                        await self.line.write(bytes.fromhex(GOOD))
                    if event.apdu[:2] in (b"\x06\x0f", b"\x06\x1e"):
                        return event.apdu.hex(" ").upper()


async def test_a_sale_over_a_pty_at_the_line_rate(tmp_path: Path) -> None:
    link, book = tmp_path / "reader", tmp_path / "book"
    arguments = ("--link", str(link), "--ledger", str(book), "--tap-after", "0.05")
    async with posd_sim(*arguments) as simulator:
        assert simulator.ready["url"] == f"zvt+serial://{link}"
        line = await open_serial(str(link))
        till = SerialCaller(line)
        started = asyncio.get_running_loop().time()
        assert (await till.run("06 00 06 00 00 00 10 09 78")).startswith("06 0F 0A 19 00 29")
        # 16 octets there, ACK and 9 back, ACK there, 19 back: one after the other.
        assert asyncio.get_running_loop().time() - started >= 45 * OCTET_AT_9600_S
        assert await till.run("06 01 07 04 00 00 00 00 12 50") == "06 0F 00"
        await line.close()
    last = (await asyncio.to_thread(read_ledger, book)).last
    assert last is not None
    assert last.amount == 1250
    assert not link.is_symlink()


async def test_a_pulled_cable_is_a_hang_up_and_comes_back_under_its_name(tmp_path: Path) -> None:
    link = tmp_path / "reader"
    async with posd_sim("--pty", "--link", str(link), "--baud", "115200") as simulator:
        line = await open_serial(str(link))
        state = await simulator.post("/cable", plugged=False)
        assert state["plugged"] is False
        with pytest.raises(DeviceGone):
            await line.read()
        await line.close()
        assert not link.exists()
        await simulator.post("/cable", plugged=True)
        await until(link.exists)
        line = await open_serial(str(link))
        assert (await SerialCaller(line).run("05 01 00")) == "06 0F 01 00"
        await line.close()


async def test_the_line_is_free_again_after_a_till_that_died(tmp_path: Path) -> None:
    link = tmp_path / "reader"
    async with posd_sim("--link", str(link)):
        held = os.open(link, os.O_RDWR | os.O_NOCTTY)
        fcntl.flock(held, fcntl.LOCK_EX)
        fcntl.ioctl(held, termios.TIOCEXCL)
        watcher = os.open(f"/proc/self/fd/{held}", os.O_RDWR | os.O_NOCTTY)
        await asyncio.sleep(0.5)
        assert is_exclusive(watcher), "it lives and holds the lock"
        os.close(held)
        await until(lambda: not is_exclusive(watcher))
        os.close(watcher)


def is_exclusive(descriptor: int) -> bool:
    """TIOCGEXCL, which the termios module has no name for."""
    return bool(struct.unpack("i", fcntl.ioctl(descriptor, 0x80045440, struct.pack("i", 0)))[0])


async def test_the_book_and_its_numbers_survive_a_restart(tmp_path: Path) -> None:
    arguments = ("--tcp", "127.0.0.1:0", "--ledger", str(tmp_path / "book"), "--tap-after", "0")
    for receipt in (1, 2):
        async with posd_sim(*arguments, "--print", "pt") as simulator:
            till = await calling(simulator)
            assert (await till.run(bytes.fromhex("06 01 07 04 00 00 00 00 12 50"))).body == b""
            last = (await asyncio.to_thread(read_ledger, tmp_path / "book")).last
            assert last is not None
            assert last.receipt == receipt
            await till.link.close()


async def test_it_kills_a_process_at_a_message() -> None:
    victim = await asyncio.create_subprocess_exec("sleep", "60")
    async with posd_sim("--tcp", "127.0.0.1:0") as simulator:
        till = await calling(simulator)
        await simulator.post("/fault", fault="kill", message=2, command="0501", pid=victim.pid)
        assert (await till.run(bytes.fromhex("05 01 00"))).body == b"\x00"
        assert await victim.wait() == -signal.SIGKILL
        await till.link.close()


@pytest.mark.parametrize(
    "wrong",
    [
        ("--tid", "1234"),
        ("--password", "abc"),
        ("--currency", "jpy"),
        ("--tcp", "nowhere"),
        ("--tcp", "192.0.2.1:0"),
        ("--link", "/nonexistent/reader"),
        ("--ledger", "/nonexistent/book"),
        ("--status", "F"),
        ("--restarts-at", "25:00"),
        ("--profile", "abacus"),
        ("--script", "/nonexistent/day"),
        ("--pty", "--tcp", "127.0.0.1:0"),
    ],
)
def test_wrong_options_are_refused(wrong: tuple[str, ...]) -> None:
    ended = CliRunner().invoke(app, ["terminal", *wrong])
    assert ended.exit_code == 2
    assert "Invalid value" in ended.output


def test_a_script_that_is_wrong_is_refused_with_its_line(tmp_path: Path) -> None:
    script = tmp_path / "day.txt"
    script.write_text("TIME +1\nTERMINAL explodes\n")
    ended = CliRunner().invoke(app, ["terminal", "--script", str(script)])
    assert ended.exit_code == 2
    assert "line 2" in ended.output


async def test_it_plays_a_day_and_has_the_habits_of_a_make(tmp_path: Path) -> None:
    script, book = tmp_path / "day.txt", tmp_path / "book"
    script.write_text("TERMINAL sale_by_hand amount=500\nTERMINAL closing_by_hand\n")
    arguments = ("--script", str(script), "--ledger", str(book), "--profile", "cardcomplete")
    async with posd_sim("--tcp", "127.0.0.1:0", *arguments, "--status", "C2") as simulator:
        till = await calling(simulator)
        assert (await till.run(bytes.fromhex("05 01 03 00 00 09"))).body == b"\xc2"
        await till.link.write(bytes.fromhex("05 01 00"))
        assert (await till.next()).control == 0x8437
        await till.link.close()
    kept = await asyncio.to_thread(read_ledger, book)
    assert [(it.amount, it.origin) for it in kept.closings] == [(500, "hand")]


async def test_it_repeats_a_recording(tmp_path: Path) -> None:
    script = tmp_path / "recorded.txt"
    script.write_text("ECR 06 50 03 12 34 56\nPT 80 00 00\nPT 06 1E 01 77\nECR 80 00 00\n")
    async with posd_sim("--tcp", "127.0.0.1:0", "--script", str(script)) as simulator:
        till = await calling(simulator)
        assert (await till.run(bytes.fromhex("06 50 03 00 00 00"))).body == b"\x77"
        await till.link.close()


async def calling(simulator: Simulator) -> Caller:
    host, port = simulator.ready["device"].split(":")
    return Caller(await connect_tcp(host, int(port)))


def test_the_command_says_what_there_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["posd-sim", "--help"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert "terminal" in told
    assert "cloud" in told


async def test_the_panels_server_ends_when_it_is_told_and_leaves_signals_alone() -> None:
    server = _Server(uvicorn.Config(app))
    before = signal.getsignal(signal.SIGTERM)
    with server.capture_signals():
        assert signal.getsignal(signal.SIGTERM) is before
    async with asyncio.timeout(1), asyncio.TaskGroup() as group:
        group.create_task(server.main_loop())
        await asyncio.sleep(0)
        server.stop()
    assert server.force_exit
