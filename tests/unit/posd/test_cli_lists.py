"""Lists of operators' commands: a table for a person, the same as JSON for a program."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
import pytest
from typing_extensions import override

from posd.__main__ import carry_out
from tests.unit.posd.at_socket import PosdAtSocket, serving
from tests.unit.posd.snapshots import busy_shop

KEYS = [
    {
        "id": "key_posd_1",
        "name": "till 1",
        "role": "till",
        "lane": "1",
        "refund_max": 0,
        "declared": True,
    },
    {
        "id": "key_posd_2",
        "name": "office",
        "role": "manager",
        "lane": None,
        "refund_max": None,
        "declared": False,
    },
]
INTENT = {
    "id": "pi_posd_1",
    "amount": 1250,
    "amount_received": 1250,
    "currency": "eur",
    "status": "requires_capture",
    "created": 1_785_499_320,
    "metadata": {"order_id": "A\x1b[2J7"},
}
STANDING = {
    "state": "approved",
    "since": 1_785_499_320,
    "cashier_text": "Paid.",
    "may_charge_elsewhere": False,
    "next": "done",
}
READERS = [{"id": "tmr_posd_front", "label": "Front"}]


class Store(PosdAtSocket):
    """A posd whose lists come in two pages where they have two objects."""

    answers: Mapping[str, object] = {
        "/v1/payment_intents": [INTENT],
        "/posd/v1/payments": [{**INTENT, "payment_intent": "pi_posd_9"}],
        "/posd/v1/keys": KEYS,
        "/v1/terminal/readers": [*READERS, {"id": "tmr_2"}],
        "/v1/payment_intents/pi_posd_1": INTENT,
        "/posd/v1/payment_intents/pi_posd_1": STANDING,
    }

    @override
    def answer(self, method: str, path: str, form: dict[str, str]) -> tuple[int, bytes]:
        asked, _, query = path.partition("?")
        if asked == "/posd/v1/status":
            return 200, msgspec.json.encode(busy_shop().snapshot())
        found = self.answers[asked]
        if not isinstance(found, list):
            return 200, json.dumps(found).encode()
        page = found
        if asked == "/v1/terminal/readers":
            page = found[1:] if "starting_after=tmr_posd_front" in query else found[:1]
        more = page is not found and page == found[:1]
        return 200, json.dumps({"data": page, "has_more": more}).encode()


@pytest.fixture
def posd(tmp_path: Path) -> Iterator[Store]:
    with serving(Store(tmp_path / "posd.sock")) as running:
        yield running


def run(posd: Store, *arguments: str) -> int:
    return carry_out([*arguments, "--socket", str(posd.path)])


@pytest.mark.parametrize(
    ("command", "found"),
    [
        (["keys", "list"], KEYS),
        (["payments", "list"], [INTENT]),
        (["payments", "show", "pi_posd_1"], {"payment_intent": INTENT, "standing": STANDING}),
        (["readers", "list"], Store.answers["/v1/terminal/readers"]),
    ],
)
def test_programs_are_told_what_the_api_tells(
    posd: Store, command: list[str], found: object, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(posd, *command, "--json") == 0
    told = capsys.readouterr()
    assert json.loads(told.out) == found
    assert "\x1b" not in told.out


def test_keys_are_listed_with_what_they_may(
    posd: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(posd, "keys", "list") == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(
        all(word in line for word in ("till 1", "nothing", "configuration")) for line in lines
    )
    assert any("office" in line and "journal" in line for line in lines)


def test_payments_are_listed_newest_first_and_in_pages(
    posd: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(posd, "payments", "list", "--limit", "5", "--before", "pi_posd_7") == 0
    assert posd.asked[0][1] == "/v1/payment_intents?limit=5&starting_after=pi_posd_7"
    told = capsys.readouterr().out
    assert "pi_posd_1" in told
    assert "requires capture" in told


def test_payments_of_an_order_are_listed(posd: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(posd, "payments", "list", "--order", "A 7") == 0
    assert posd.asked[0][1] == "/posd/v1/payments?order=A+7"
    assert "pi_posd_9" in capsys.readouterr().out


def test_a_payment_is_shown_with_what_there_is_to_do(
    posd: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(posd, "payments", "show", "pi_posd_1") == 0
    told = capsys.readouterr().out
    assert "pi_posd_1: approved" in told
    assert "Next: done. It must not be charged elsewhere." in told
    assert "\x1b" not in told


def test_readers_are_listed_as_they_are_now(
    posd: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(posd, "readers", "list") == 0
    told = capsys.readouterr().out
    held = [one for location in busy_shop().snapshot().locations for one in location.readers]
    assert held
    assert all(one.id in told for one in held)


def test_the_status_is_told_to_programs_too(
    posd: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(posd, "status", "--json") == 0
    assert json.loads(capsys.readouterr().out)["store"] == busy_shop().snapshot().store
