"""A whole posd that is scraped, and Prometheus' own tool reads what it says."""

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from posd.config.sections import UpstreamConfig
from posd.metrics.families import FAMILIES
from posd.upstream.client import StripeClient
from posd_simulator.cloud.app import create_app
from posd_simulator.cloud.cloud import Cloud
from posd_simulator.cloud.serve import numbered
from tests.simulation.asgi import connected
from tests.unit.posd.house import LANE_1, House, config, declared, paid
from tests.unit.posd.stage import ScriptedTerminal
from tests.unit.posd.virtual import virtual

STRIPE = UpstreamConfig(kind="stripe", base_url="http://stripe", requests_per_s=100)
REPORTED_S = 60.0
LOADED = """
import sys
import posd.daemon
print(*(name for name in sys.modules if name.startswith(("posd.metrics.", "prometheus_client"))))
"""


async def scrape(folder: Path) -> list[str]:
    """The lines that a store with a reader and a Stripe answers after a payment."""
    house = House(folder, {LANE_1: ScriptedTerminal().open})
    house.file = config(declared("lane-1"), upstream=STRIPE)
    cloud = Cloud(house.clock.wall_ms, numbered(1, 0))
    async with connected(create_app(cloud)) as line:
        house.stripe = StripeClient("http://stripe", "rk_test_store", transport=line)
        async with house.living() as posd:
            await paid(posd)
            await asyncio.sleep(REPORTED_S)
            return (await posd.services().metrics()).splitlines()


@virtual
async def test_a_payment_is_told_of_from_its_card_to_stripe(tmp_path: Path) -> None:
    told = await scrape(tmp_path)
    for line in (
        f'posd_payments_total{{kind="sale",outcome="approved",reader="{LANE_1}"}} 1.0',
        f'posd_reader{{reader="{LANE_1}",status="online"}} 1.0',
        'posd_upstream{status="ok"} 1.0',
        'posd_store_info{mode="test",store="Corner shop"} 1.0',
        f'posd_payment_leg_duration_seconds_count{{leg="card",reader="{LANE_1}"}} 1.0',
        f'posd_payment_leg_duration_seconds_count{{leg="stripe",reader="{LANE_1}"}} 1.0',
    ):
        assert line in told


@virtual
async def test_every_metric_is_told_of_in_the_order_of_the_table(tmp_path: Path) -> None:
    told = [line.split() for line in await scrape(tmp_path) if line.startswith("# TYPE posd_")]
    table = [(one.name, one.kind.value) for one in FAMILIES]
    assert [(name, kind) for _, _, name, kind in told] == table


def complaints(exposition: str) -> str:
    """What Prometheus' own tool says about a scrape."""
    if shutil.which("promtool") is None:
        pytest.skip("no promtool here (make deps)")
    asked = ["promtool", "check", "metrics"]
    done = subprocess.run(asked, input=exposition, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@virtual
async def test_prometheus_own_tool_has_no_complaint(tmp_path: Path) -> None:
    assert complaints("\n".join([*await scrape(tmp_path), ""])) == ""


def test_nothing_that_answers_a_scrape_is_loaded_with_the_daemon() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=True
    )
    assert done.stdout == "\n"
