"""Nothing worth stealing lies anywhere: a day is fed with canaries, then every octet is looked at.

A real posd with a terminal that tells cards whole, and a Stripe: sales, a decline, a refund,
receipts, an end of day, a sign-in with the right PIN and with a wrong one, and a wrong key. Looked
through are journal, write-ahead log and every other file of the state directory, the log, a
backup, what the API and each page show, the support file, and what the system tells of the process.
"""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import MappingProxyType

import httpx2
import pytest

from posd.api.openapi.document import document
from posd.journal.backup import back_up
from posd.page.table import PAGES
from posd_simulator.terminal.settings import Wire
from tests.crash.child import Nursery
from tests.crash.store import KEY, MANAGER_KEY, PAID_S, READER, Store, Stripe, eventually
from tests.scanner import sightings
from tests.unit.canaries import canary

CARD = canary(16)
PASSWORD = "836194"
CANARIES = MappingProxyType(
    {
        "card": CARD,
        "long card": canary(19),
        "track 2": CARD + "D30122010000000000",
        "till's key": KEY,
        "manager's key": MANAGER_KEY,
        "wrong key": "posd_test_" + "canary" * 7,
        "Stripe's key": "rk_test_canary_of_the_stripe_key",
        "reader's password": PASSWORD,
        "PIN": "493827160518",
        "wrong PIN": "493827160527",
    }
)
CODE = re.compile(r"the page asks for the code (\S+)")
MANAGER = {"Authorization": f"Bearer {MANAGER_KEY}"}
BUNDLE = "/posd/v1/support-bundle"
LISTS = (
    *("/v1/payment_intents", "/v1/refunds", "/v1/events", "/v1/terminal/readers"),
    "/metrics",
)
ENDLESS = ("/live", "/posd/v1/events")


@pytest.fixture(scope="module")
def fed(
    tmp_path_factory: pytest.TempPathFactory, nursery: Nursery, stripe: Stripe
) -> Iterator[Store]:
    """The store at the end of such a day, still open."""
    place = tmp_path_factory.mktemp("canaries") / "store"
    with closing(Store(place, nursery, wire=Wire.TCP, stripe=stripe, password=PASSWORD)) as store:
        (place / "stripe.key").write_text(CANARIES["Stripe's key"])
        with store.config.open("a") as config:
            config.write('\n[log]\nformat = "json"\n')
        store.open()
        lives_a_day(store)
        yield store


def lives_a_day(store: Store) -> None:
    """Everything that could let a secret slip."""
    store.fault(fault="card_told", number=CARD, times=2)
    sold = store.pay(100)
    store.pay(200)
    store.fault(fault="card_told", number=CANARIES["long card"])
    store.behave("decline")
    declined = store.create(300)
    store.process(declined).raise_for_status()
    assert eventually(store.is_free, PAID_S), store.log()
    refund = store.till.post("/v1/refunds", data={"payment_intent": sold}, headers=MANAGER)
    refund.raise_for_status()
    assert eventually(store.is_free, PAID_S), store.log()
    shown = store.till.get(f"/posd/v1/payment_intents/{sold}/receipts", headers=MANAGER)
    assert "Terminal" in shown.raise_for_status().text
    closed = store.till.post(f"/posd/v1/readers/{READER}/end_of_day", headers=MANAGER)
    closed.raise_for_status()
    assert eventually(store.is_free, PAID_S), store.log()
    wrong = {"Authorization": f"Bearer {CANARIES['wrong key']}"}
    assert store.till.get("/posd/v1/status", headers=wrong).status_code == 401
    sets_the_pin(store)


def sets_the_pin(store: Store) -> None:
    """The first start, then somebody who guesses."""
    pin = CANARIES["PIN"]
    form = {"code": CODE.findall(store.log())[-1], "pin": pin, "again": pin}
    assert sends(store, "/setup", form).status_code == 303
    assert sends(store, "/sign-in", {"pin": CANARIES["wrong PIN"]}).status_code >= 400
    assert sends(store, "/sign-in", {"pin": pin}).status_code == 303


def sends(store: Store, path: str, form: dict[str, str]) -> httpx2.Response:
    """A form of a page; who signs in stays signed in."""
    return store.till.post(path, data=form, headers={"Sec-Fetch-Site": "same-origin"})


def files(store: Store) -> dict[str, bytes]:
    """The state directory and the log, by their names."""
    state = store.config.parent / "state"
    found = {str(path): path.read_bytes() for path in state.rglob("*") if path.is_file()}
    copy = store.config.parent / "backup.db"
    if not copy.exists():
        back_up(state / "journal.db", copy)
    return found | {"log": store.log().encode(), "backup": copy.read_bytes()}


def shown(store: Store) -> dict[str, bytes]:
    """What the API and the pages tell a manager; ids in a path are the reader's."""
    own = [path for path, methods in document()["paths"].items() if "get" in methods]
    pages = [page.path for page in PAGES if page.method == "GET"]
    paths = [path for path in (*LISTS, *own, *pages) if path not in ENDLESS]
    told = {}
    for path in paths:
        answer = store.till.get(path.replace("{reader}", READER), headers=MANAGER)
        told[path] = answer.content + repr(answer.headers).encode()
    return told


def bundle(store: Store) -> dict[str, bytes]:
    """The support file, unzipped."""
    answer = store.till.get(BUNDLE, headers=MANAGER).raise_for_status()
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return {f"support file: {name}": archive.read(name) for name in archive.namelist()}


def process(store: Store) -> dict[str, bytes]:
    """What the system tells everybody of this user about the process."""
    assert store.posd is not None
    place = Path(f"/proc/{store.posd.pid}")
    return {name: (place / name).read_bytes() for name in ("environ", "cmdline")}


@pytest.mark.timeout(120)
def test_no_secret_and_no_card_number_is_anywhere(fed: Store) -> None:
    support = bundle(fed)
    assert len(support) == 10
    places = files(fed) | shown(fed) | support | process(fed)
    assert any(path.endswith("-wal") for path in places)
    assert CARD[-4:].encode() in places["backup"], "the card was never read"
    assert sightings(places, CANARIES) == []


def test_each_line_of_the_log_is_a_json_object(fed: Store) -> None:
    told = [json.loads(line) for line in fed.log().splitlines()]
    assert {tuple(one) for one in told} == {("time", "level", "logger", "message")}


def test_what_is_planted_in_the_store_is_found(fed: Store) -> None:
    planted = fed.config.parent / "state" / "planted"
    planted.write_text(f"{CANARIES['PIN']} {CARD}")
    try:
        found = {one.what for one in sightings(files(fed), CANARIES)}
    finally:
        planted.unlink()
    assert found == {"PIN", "card", "card number"}


def test_no_core_of_posd_is_written(fed: Store) -> None:
    """Its memory has what posd works with, and what was freed there and not overwritten."""
    assert fed.posd is not None
    limits = Path(f"/proc/{fed.posd.pid}/limits").read_text().splitlines()
    (core,) = [line.split() for line in limits if line.startswith("Max core file size")]
    assert core[4:6] == ["0", "0"]
