"""`posd readers discover`: what it asks a running posd, and what it prints."""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from posd.__main__ import carry_out
from posd.cli_discover import ANSWERS
from posd_drivers.look import Answers
from tests.unit.posd.at_socket import RunningPosd

PATH = "/posd/v1/readers/discovered"
LANE: dict[str, Any] = {
    "registration_code": "zvt+serial:///dev/serial/by-id/usb-Ingenico_Lane_5000_1234567-if00",
    "identity": "0b00:0081/1234567",
    "tty": "/dev/ttyACM0",
    "port_path": "1-4.2",
    "vendor_id": "0b00",
    "product_id": "0081",
    "serial_number": "1234567",
    "maker": "Ingenico",
    "manufacturer": "Ingenico",
    "product": "Lane 5000",
    "look": None,
}
PORT = dict.fromkeys(LANE) | {"registration_code": "zvt+serial:///dev/ttyS0", "tty": "/dev/ttyS0"}
SEEN: dict[str, Any] = {
    "answers": "zvt",
    "baud": 115200,
    "format": "8N2",
    "status": 0,
    "refusal": None,
    "terminal_id": "52523535",
    "device_name": None,
    "device_serial": None,
    "trouble": None,
}

Discover = Callable[..., str]


@pytest.fixture
def posd(tmp_path: Path) -> Iterator[RunningPosd]:
    with RunningPosd(tmp_path / "posd.sock") as server:
        yield server


@pytest.fixture
def discover(posd: RunningPosd, capsys: pytest.CaptureFixture[str]) -> Discover:
    """What the command prints when posd tells of these devices."""

    def run(*options: str, found: list[Any], not_seen: tuple[str, ...] = ()) -> str:
        posd.told = (200, json.dumps({"data": found, "not_seen": not_seen}).encode())
        answering = threading.Thread(target=posd.handle_request)
        answering.start()
        assert carry_out(["readers", "discover", *options, "--socket", str(posd.path)]) == 0
        answering.join()
        return capsys.readouterr().out

    return run


def test_a_device_is_shown_with_the_url_in_one_piece(discover: Discover) -> None:
    assert discover(found=[LANE]) == (
        "Ingenico Lane 5000 (0b00:0081)\n"
        "  register       zvt+serial:///dev/serial/by-id/usb-Ingenico_Lane_5000_1234567-if00\n"
        "  serial number  1234567\n"
        "  port           /dev/ttyACM0\n"
        "  plugged in at  1-4.2\n"
    )


def test_a_look_is_shown_in_words(discover: Discover) -> None:
    told = discover("--look", found=[LANE | {"look": SEEN}])
    assert "  answers        a ZVT terminal at 115200 baud, 8N2; status 00\n" in told
    assert "  terminal id    52523535\n" in told


@pytest.mark.parametrize(
    ("look", "words"),
    [
        ({"status": None, "refusal": 0x37}, "at 115200 baud, 8N2; refuses with 37"),
        ({"answers": "nothing", "baud": None, "status": None}, "nothing that speaks ZVT\n"),
        (
            {"answers": "not_asked", "baud": None, "status": None, "trouble": "no permission"},
            "could not be asked: no permission\n",
        ),
    ],
)
def test_what_a_look_did_not_learn(discover: Discover, look: dict[str, Any], words: str) -> None:
    assert words in discover("--look", found=[LANE | {"look": SEEN | look}])


def test_a_port_without_a_name_is_one(discover: Discover) -> None:
    told = discover("--all", found=[PORT])
    assert told.startswith("A serial port\n  register       zvt+serial:///dev/ttyS0\n")


def test_a_device_without_a_name_is_its_makers(discover: Discover) -> None:
    unnamed = LANE | {"manufacturer": None, "product": None}
    assert discover(found=[unnamed]).startswith("Ingenico (0b00:0081)\n")
    assert discover(found=[unnamed | {"maker": None}]).startswith("A USB device (0b00:0081)\n")


def test_nothing_is_said_to_be_nothing(discover: Discover) -> None:
    told = discover(found=[], not_seen=("libusb is not installed",))
    assert told == (
        "Nothing is plugged in that is not a reader already.\n! libusb is not installed.\n"
    )


def test_a_device_cannot_speak_to_the_operators_terminal(discover: Discover) -> None:
    evil = LANE | {"product": "\x1b]0;owned\x07\x9b31m[red]Lane"}
    assert not {"\x1b", "\x07", "\x9b"} & set(discover(found=[evil]))
    assert not {"\x1b", "\x07", "\x9b"} & set(discover("--json", found=[evil]))


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        ((), PATH),
        (("--look",), f"{PATH}?look=true"),
        (("--all",), f"{PATH}?all=true"),
        (("--look", "--all"), f"{PATH}?look=true&all=true"),
    ],
)
def test_the_wishes_are_asked_for(
    posd: RunningPosd, discover: Discover, options: tuple[str, ...], asked: str
) -> None:
    discover(*options, found=[])
    assert posd.asked == [("GET", asked, {})]


def test_as_json_it_is_what_the_api_tells(discover: Discover) -> None:
    assert json.loads(discover("--json", found=[LANE])) == {"data": [LANE], "not_seen": []}


def test_every_answer_has_words() -> None:
    assert set(ANSWERS) == {answers.value for answers in Answers}
