"""The manager's PIN: what is kept of it, how often it may be guessed, and what survives a crash."""

import asyncio
import hashlib
import stat
import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posd.page import pin as pins
from posd.page.pin import ADDRESSES_MAX, Kept, Locked, Pin, Right, UnfitPin, Wrong, check_fits
from tests.unit.posd.journal.scenario import TurnedClock

PIN = "271828"
MINUTE_MS = 60_000


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "manager.pin"


@pytest.fixture
async def pin(file: Path, clock: TurnedClock) -> Pin:
    made = Pin(file, clock)
    await made.set(PIN)
    return made


def _octets(file: Path) -> bytes:
    return file.read_bytes()


def _write(file: Path, octets: bytes) -> None:
    file.write_bytes(octets)


def _remove(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()


async def locked_ms(pin: Pin, clock: TurnedClock) -> int:
    """For how long nobody is let in; 0 if somebody is judged, who is wrong then."""
    verdict = await pin.check("999000")
    return verdict.until_ms - clock.now_ms if isinstance(verdict, Locked) else 0


async def test_only_the_pin_is_right(pin: Pin) -> None:
    assert await pin.check(PIN) == Right()
    for wrong in ("271829", "", PIN + "0", PIN * 3, "x" * 1000, "\u0662" + PIN[1:]):
        assert await pin.check(wrong) == Wrong()
        assert await pin.check(PIN) == Right()


async def test_without_a_pin_nothing_is_right(file: Path, clock: TurnedClock) -> None:
    pin = Pin(file, clock)
    assert not await pin.is_set()
    assert await pin.check("") == Wrong()
    assert await pin.check(PIN) == Wrong()


@pytest.mark.usefixtures("pin")
def test_only_its_scrypt_is_kept_and_nobody_else_may_read_it(file: Path) -> None:
    kept = msgspec.json.decode(file.read_bytes(), type=Kept)
    assert PIN.encode() not in file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    expected = hashlib.scrypt(PIN.encode(), salt=bytes.fromhex(kept.salt), n=2, r=8, p=1)
    assert kept.scrypt == expected.hex()
    assert list(file.parent.iterdir()) == [file]


async def test_the_same_pin_is_kept_otherwise_each_time(pin: Pin, file: Path) -> None:
    before = _octets(file)
    await pin.set(PIN)
    assert _octets(file) != before


async def test_five_wrong_in_a_row_lock_for_longer_and_longer(pin: Pin, clock: TurnedClock) -> None:
    for _ in range(5):
        assert await pin.check("999000") == Wrong()
    for minutes in (1, 5, 15, 60, 60):
        assert await locked_ms(pin, clock) == minutes * MINUTE_MS
        assert isinstance(await pin.check(PIN), Locked)
        clock.now_ms += minutes * MINUTE_MS
        assert await pin.check("999000") == Wrong()
    clock.now_ms += 60 * MINUTE_MS
    assert await pin.check(PIN) == Right()
    assert await locked_ms(pin, clock) == 0


async def test_a_right_one_begins_the_count_anew(pin: Pin, clock: TurnedClock) -> None:
    for _ in range(3):
        for _ in range(4):
            assert await pin.check("999000") == Wrong()
        assert await pin.check(PIN) == Right()
    assert await locked_ms(pin, clock) == 0


async def test_an_address_that_guesses_keeps_out_nobody_else(pin: Pin, file: Path) -> None:
    for _ in range(5):
        assert await pin.check("999000", "192.0.2.7") == Wrong()
    assert isinstance(await pin.check(PIN, "192.0.2.7"), Locked)
    again = Pin(file, TurnedClock())
    assert isinstance(await again.check(PIN, "192.0.2.7"), Locked)  # a restart gives no try
    assert await again.check(PIN, "192.0.2.8") == Right()
    assert isinstance(await again.check(PIN, "192.0.2.7"), Locked)
    assert await again.check(PIN) == Right()


async def test_many_addresses_have_no_more_than_twenty_tries_and_here_is_open(
    pin: Pin, clock: TurnedClock
) -> None:
    guesses = [await pin.check("999000", f"192.0.2.{n}") for n in range(100)]
    assert guesses[:20] == [Wrong()] * 20
    assert set(guesses[20:]) == {Locked(clock.now_ms + 60 * MINUTE_MS)}
    assert await pin.check(PIN) == Right()
    assert isinstance(await pin.check(PIN, "192.0.2.200"), Locked)  # that was no proof of theirs
    clock.now_ms += 60 * MINUTE_MS
    assert await pin.check("999000", "192.0.2.200") == Wrong()
    assert isinstance(await pin.check(PIN, "192.0.2.201"), Locked)
    clock.now_ms += 60 * MINUTE_MS
    assert await pin.check(PIN, "192.0.2.201") == Right()
    assert await pin.check("999000", "192.0.2.200") == Wrong()
    assert await pin.check(PIN, "192.0.2.202") == Right()


async def test_who_guesses_here_keeps_out_nobody_on_the_network(pin: Pin) -> None:
    for _ in range(5):
        await pin.check("999000")
    assert isinstance(await pin.check(PIN), Locked)
    assert await pin.check(PIN, "192.0.2.7") == Right()


async def test_what_is_kept_of_addresses_is_bounded(
    pin: Pin, file: Path, clock: TurnedClock
) -> None:
    for n in range(ADDRESSES_MAX + 9):
        await pin.check("999000", f"2001:db8:0:{n:x}::/64")
        clock.now_ms += 60 * MINUTE_MS
    kept = msgspec.json.decode(_octets(file), type=Kept)
    assert list(kept.addresses)[-1] == f"2001:db8:0:{ADDRESSES_MAX + 8:x}::/64"
    assert len(kept.addresses) == ADDRESSES_MAX


async def test_a_restart_gives_no_try(pin: Pin, file: Path, clock: TurnedClock) -> None:
    for _ in range(5):
        pin = Pin(file, clock)
        assert await pin.check("999000") == Wrong()
    assert await locked_ms(Pin(file, clock), clock) == MINUTE_MS


@pytest.mark.usefixtures("pin")
async def test_a_try_is_counted_before_it_is_judged(file: Path, clock: TurnedClock) -> None:
    """Whoever could end posd between the two would guess as often as it starts again."""

    def dies(_kept: Kept) -> bool:
        raise KeyboardInterrupt

    for _ in range(5):
        with pytest.raises(KeyboardInterrupt):
            await Pin(file, clock).judge(dies)
    assert await locked_ms(Pin(file, clock), clock) == MINUTE_MS


async def test_a_hundred_at_once_are_judged_as_five(pin: Pin) -> None:
    verdicts = await asyncio.gather(*(pin.check("999000") for _ in range(100)))
    assert sum(verdict == Wrong() for verdict in verdicts) == 5
    assert sum(isinstance(verdict, Locked) for verdict in verdicts) == 95


async def test_a_clock_that_is_set_back_locks_nobody_out_for_good(
    pin: Pin, clock: TurnedClock
) -> None:
    for _ in range(5):
        await pin.check("999000")
    clock.now_ms -= 365 * 24 * 60 * MINUTE_MS
    assert await locked_ms(pin, clock) == 60 * MINUTE_MS
    clock.now_ms += 60 * MINUTE_MS
    assert await pin.check(PIN) == Right()


async def test_what_cannot_be_counted_is_not_judged(pin: Pin, file: Path) -> None:
    _remove(file.parent)
    with pytest.raises(OSError, match=r"manager\.pin"):
        await pin.check(PIN)


async def test_a_damaged_file_lets_nobody_in_until_it_is_cleared(
    file: Path, clock: TurnedClock, caplog: pytest.LogCaptureFixture
) -> None:
    for octets in (b"", b"{", b'{"salt":"zz"}', b'{"salt":1}', b"\xff"):
        _write(file, octets)
        pin = Pin(file, clock)
        assert await pin.is_set()
        assert await pin.check("") == Wrong()
        assert "posd page reset-pin" in caplog.text
        caplog.clear()
        await pin.clear()
        assert not await Pin(file, clock).is_set()


@pytest.mark.parametrize(
    "pin", ["", "12345", "1234567890123", "12345a", "\u0661" * 6, "000000", "123456", "987654",
            "890123", "77777777"]
)  # fmt: skip
def test_what_anybody_tries_first_is_no_pin(pin: str) -> None:
    with pytest.raises(UnfitPin):
        check_fits(pin)


@given(st.from_regex(r"[0-9]{6,12}", fullmatch=True))
def test_what_is_no_row_is_a_pin(digits: str) -> None:
    rows = ("0123456789" * 3, "9876543210" * 3)
    if len(set(digits)) > 1 and not any(digits in row for row in rows):
        check_fits(digits)


def test_a_guess_costs_a_thief_32_mib_and_some_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pins, "SCRYPT_N", 2**15)
    assert 128 * pins.SCRYPT_N * pins.SCRYPT_R == 32 * 1024 * 1024
    began_ns = time.monotonic_ns()
    assert len(pins._scrypt(PIN, b"salt")) == 64
    assert time.monotonic_ns() - began_ns > 10_000_000
