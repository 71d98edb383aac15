"""What is plugged in and not registered, as the API tells it."""

import pytest

from posd.discoveries import Discovered
from posd_drivers.look import Answers, Look
from posd_drivers.plugged.device import assemble
from posd_drivers.plugged.seen import SeenTty
from posd_drivers.transport.line import Line
from posd_drivers.zvt.introduction import Introduction
from tests.unit.drivers.plugged.seen import lane5000
from tests.unit.posd.api.fakes import MANAGER, OBSERVER, TILL, Bench

PATH = "/posd/v1/readers/discovered"
LANE, PORT = assemble([lane5000(), SeenTty("/dev/ttyS0")])
LANE_URL = "zvt+serial:///dev/serial/by-id/usb-Ingenico_Lane_5000_1234567-if00"


async def test_what_is_plugged_in_is_told_with_its_url() -> None:
    bench = Bench(livemode=True)
    bench.discoveries.found = [Discovered(LANE)]
    bench.discoveries.hidden = ["libusb is not installed"]
    async with bench.client(None, at_socket=True) as operator:
        told = (await operator.get(PATH)).json()
    assert told == {
        "object": "list",
        "url": PATH,
        "has_more": False,
        "data": [
            {
                "object": "posd.discovered_reader",
                "livemode": True,
                "registration_code": LANE_URL,
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
        ],
        "not_seen": ["libusb is not installed"],
    }
    assert bench.discoveries.asked == [("list", False)]


async def test_every_port_is_told_where_it_is_asked_for() -> None:
    bench = Bench()
    bench.discoveries.found = [Discovered(PORT)]
    async with bench.client(OBSERVER) as observer:
        (told,) = (await observer.get(PATH, params={"all": "true"})).json()["data"]
    assert (told["tty"], told["identity"], told["vendor_id"]) == ("/dev/ttyS0", None, None)
    assert bench.discoveries.asked == [("list", True)]


async def test_in_test_mode_the_url_is_of_a_simulator() -> None:
    bench = Bench()
    bench.discoveries.found = [Discovered(LANE)]
    async with bench.client(OBSERVER) as observer:
        (told,) = (await observer.get(PATH)).json()["data"]
    assert told["registration_code"] == f"{LANE_URL}?simulated=true"


async def test_a_look_tells_what_answered_and_the_url_with_its_speed() -> None:
    bench = Bench(livemode=True)
    told = Introduction(status=0, terminal_id="52523535", device_name="Lane", device_serial="7")
    fast = f"{LANE_URL}?baud=115200"
    look = Look(Answers.ZVT, fast, Line(baud=115200), told)
    bench.discoveries.found = [Discovered(LANE, look)]
    async with bench.client(None, at_socket=True) as operator:
        (shown,) = (await operator.get(PATH, params={"look": "true"})).json()["data"]
    assert shown["registration_code"] == fast
    assert shown["look"] == {
        "answers": "zvt",
        "baud": 115200,
        "format": "8N2",
        "status": 0,
        "refusal": None,
        "terminal_id": "52523535",
        "device_name": "Lane",
        "device_serial": "7",
        "trouble": None,
    }
    assert bench.discoveries.asked == [("look", False)]


async def test_a_look_that_met_nobody_says_why() -> None:
    bench = Bench(livemode=True)
    look = Look(Answers.NOT_ASKED, LANE_URL, trouble="no permission")
    bench.discoveries.found = [Discovered(LANE, look)]
    async with bench.client(None, at_socket=True) as operator:
        (shown,) = (await operator.get(PATH, params={"look": "true"})).json()["data"]
    assert {name: value for name, value in shown["look"].items() if value is not None} == {
        "answers": "not_asked",
        "trouble": "no permission",
    }


async def test_a_manager_may_look() -> None:
    bench = Bench()
    async with bench.client(MANAGER) as manager:
        assert (await manager.get(PATH, params={"look": "true"})).status_code == 200
    assert bench.discoveries.asked == [("look", False)]


@pytest.mark.parametrize("key", [OBSERVER, TILL])
async def test_a_look_is_a_managers(key: str) -> None:
    bench = Bench()
    async with bench.client(key) as client:
        refused = await client.get(PATH, params={"look": "true"})
        assert refused.status_code == 403
        assert (await client.get(PATH, params={"look": "false"})).status_code == 200
    assert bench.discoveries.asked == [("list", False)]
