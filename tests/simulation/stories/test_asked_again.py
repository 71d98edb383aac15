"""Money that goes back, or is taken of what is held, and is asked for again and again.

Faults F22 (the same key) and F23 (another key).
"""

import asyncio
from pathlib import Path
from typing import Final

import httpx2
import pytest

from tests.simulation.stories.moves import LANE, Capture, Move, Refund, Release, Reversal, done
from tests.simulation.stories.stage import opened
from tests.simulation.stories.trials import compared
from tests.unit.posd.virtual import virtual

AMOUNT: Final = 10_000
CALLERS: Final = 50
KEY: Final = "a-key-of-the-till"
IN_HAND_S: Final = 0.2
"""After the terminal has the command, before its host has answered."""
EACH: Final = pytest.mark.parametrize(
    "move", [Refund, Reversal, Capture, Release], ids=lambda move: move.__name__.lower()
)


def request_of(move: Move) -> tuple[str, dict[str, str]]:
    """Path and parameters by which a till asks for it."""
    match move:
        case Refund():
            path = f"/v1/terminal/readers/{LANE}/refund_payment"
            return path, {"payment_intent": move.payment, "amount": str(move.amount)}
        case Reversal():
            return "/v1/refunds", {"payment_intent": move.payment}
        case Capture():
            path = f"/v1/payment_intents/{move.payment}/capture"
            return path, {"amount_to_capture": str(move.amount)}
        case _:
            return f"/v1/payment_intents/{move.payment}/cancel", {}


def otherwise(move: Move) -> dict[str, str]:
    """What a till would say that means something else."""
    match move:
        case Refund():
            return {"amount": str(move.amount - 1)}
        case Reversal():
            return {"reason": "duplicate"}
        case Capture():
            return {"amount_to_capture": str(move.amount - 1)}
        case _:
            return {"cancellation_reason": "duplicate"}


async def asked(move: Move, keys: list[str]) -> list[httpx2.Response]:
    """The answers to so many callers in one moment."""
    path, form = request_of(move)
    calls = (move.manager.post(path, form, key) for key in keys)
    return list(await asyncio.gather(*calls))


def begun(move: Move) -> int:
    """How often its terminal got the command."""
    command = f"ECR  {move.control >> 8:02x} {move.control & 0xFF:02x}"
    terminal = move.store.terminals[LANE]
    return sum(message.line.startswith(command) for message in terminal.messages)


@EACH
@virtual
async def test_f22_fifty_times_the_same_key_are_one_move_and_one_answer(
    tmp_path: Path, move: type[Move]
) -> None:
    async with opened(tmp_path) as store:
        wanted = move(store, AMOUNT)
        await wanted.prepare()
        answers = await asked(wanted, [KEY] * CALLERS)
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.json()["id"] for answer in answers}) == 1
        await done()
        assert (await wanted.told(), wanted.booked(), begun(wanted)) == (True, 1, 1)
        assert wanted.reported() == int(wanted.tells_stripe)


@EACH
@virtual
async def test_f22_the_same_key_for_something_else_is_refused(
    tmp_path: Path, move: type[Move]
) -> None:
    async with opened(tmp_path) as store:
        wanted = move(store, AMOUNT)
        await wanted.prepare()
        (first,) = await asked(wanted, [KEY])
        path, form = request_of(wanted)
        other = await wanted.manager.post(path, {**form, **otherwise(wanted)}, KEY)
        assert first.is_success
        assert other.json()["error"]["type"] == "idempotency_error"
        await done()
        assert (wanted.booked(), begun(wanted)) == (1, 1)


@EACH
@virtual
async def test_f22_the_same_key_after_the_power_was_cut_is_the_same_move(
    tmp_path: Path, move: type[Move]
) -> None:
    async with opened(tmp_path) as store:
        wanted = move(store, AMOUNT)
        await wanted.prepare()
        asking = store.world.create_task(asked(wanted, [KEY]), name="asking")
        await asyncio.sleep(IN_HAND_S)
        await store.power_off()
        asking.cancel()
        await store.power_on()
        wanted.manager = store.manager()
        (again,) = await asked(wanted, [KEY])
        assert again.is_success, again.text
        await compared(wanted, KEY)
        assert begun(wanted) == 1


@EACH
@virtual
async def test_f23_fifty_new_keys_for_the_same_money_move_it_once(
    tmp_path: Path, move: type[Move]
) -> None:
    async with opened(tmp_path) as store:
        wanted = move(store, AMOUNT)
        await wanted.prepare()
        keys = [f"{KEY}-{caller}" for caller in range(CALLERS)]
        answers = await asked(wanted, keys)
        assert sum(answer.is_success for answer in answers) == 1
        refusals = [answer.json()["error"] for answer in answers if not answer.is_success]
        assert all(wanted.payment in refusal["message"] for refusal in refusals)
        await done()
        (late,) = await asked(wanted, ["a-key-of-tomorrow"])
        await done()
        assert not late.is_success
        assert (await wanted.told(), wanted.booked(), begun(wanted)) == (True, 1, 1)
        assert wanted.reported() == int(wanted.tells_stripe)
