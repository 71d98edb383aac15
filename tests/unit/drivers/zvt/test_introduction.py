"""Who a terminal is, asked without logging on: what is sent, and what its answers become."""

import asyncio

import pytest

from posd_drivers.errors import DriverError, NoAnswer
from posd_drivers.transport.memory import pair
from posd_drivers.zvt.introduction import Introduction, introduction
from posd_drivers.zvt.settings import Framing
from tests.simulation.loop import virtually
from tests.unit.drivers.zvt.scripted import GOOD, Script, play

# Typed from zvt.md 6.7 and 8.3: password, service byte 04; version, status, container.
ENQUIRY = "05 01 05 00 00 00 03 04"
PLAIN_ENQUIRY = "05 01 03 00 00 00"
DESCRIBED = (
    "06 0f 1d 00 06 1a 1f 44 04 52 52 35 35e4 11 1f 40 09 4c 61 6e 65 20 35 30 30 30 1f 42 02 31 37"
)


def told(script: Script) -> Introduction | DriverError:
    """What `introduction` came to with a terminal that follows the script to its end."""

    async def main() -> Introduction | DriverError:
        wire = pair()
        async with asyncio.TaskGroup() as group:
            group.create_task(play(wire.pt, script), name="terminal")
            try:
                return await introduction(wire.ecr, Framing.STREAM)
            except DriverError as error:
                return error

    return virtually(main())


def test_a_terminal_that_describes_itself() -> None:
    script = [(ENQUIRY, GOOD + DESCRIBED), (GOOD, "")]
    assert told(script) == Introduction(
        status=0, terminal_id="52523535", device_name="Lane 5000", device_serial="17"
    )


def test_a_terminal_that_tells_its_status_alone() -> None:
    script = [(ENQUIRY, GOOD + "06 0f 01 f0"), (GOOD, "")]
    assert told(script) == Introduction(status=0xF0)


@pytest.mark.parametrize(
    ("tag", "value"), [("1f 44", "12 3a"), ("1f 44", ""), ("e4", "1f 40 02 1b 5b")]
)
def test_what_cannot_be_read_is_not_told(tag: str, value: str) -> None:
    octets = bytes.fromhex(value)
    container = bytes.fromhex(tag) + bytes([len(octets)]) + octets
    body = bytes([0, 0x06, len(container)]) + container
    answer = (b"\x06\x0f" + bytes([len(body)]) + body).hex(" ")
    assert told([(ENQUIRY, GOOD + answer), (GOOD, "")]) == Introduction(status=0)


def test_a_terminal_that_does_not_understand_the_wish_is_asked_without_it() -> None:
    script = [(ENQUIRY, "84 9a 00"), (PLAIN_ENQUIRY, GOOD + "06 0f 01 00"), (GOOD, "")]
    assert told(script) == Introduction(status=0)


@pytest.mark.parametrize(
    ("answer", "refusal"), [("84 37 00", 0x37), ("84 83 00", 0x83), ("84 9c 00", 0x9C)]
)
def test_a_refusal_is_an_answer(answer: str, refusal: int) -> None:
    assert told([(ENQUIRY, answer)]) == Introduction(refusal=refusal)


def test_silence_is_no_answer() -> None:
    assert isinstance(told([(ENQUIRY, "")]), NoAnswer)
