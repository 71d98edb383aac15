"""Keys, versions and content types that cannot be: told in the envelope, and nothing burnt."""

import base64
import json
from pathlib import Path
from typing import Final

import pytest

from posd.api.auth import Access
from posd.api.idempotency import KEY_CHARACTERS_MAX
from posd.api.routes import ROUTES
from posd.model.access_key import Role
from posd.render import API_VERSION
from tests.unit.posd.api.bad_values import faults
from tests.unit.posd.api.test_bad_input import with_good_ones
from tests.unit.posd.api.test_bad_input_paths import with_ids
from tests.unit.posd.api.whole import FORM, SECRETS, Header, Told, Whole, whole
from tests.unit.posd.virtual import virtual

MANAGER: Final = SECRETS[Role.MANAGER].encode()
KEY: Final = (b"authorization", b"Bearer " + MANAGER)
INTENTS: Final = b"/v1/payment_intents"
SALE: Final = b"amount=1250&currency=eur"
ANOTHER: Final = b"registration_code=zvt%2Btcp://10.0.0.10:20007?simulated=true"
LONG: Final = b"k" * (KEY_CHARACTERS_MAX + 1)
ONCE: Final = b"idempotency-key"

BAD_KEYS: Final = {
    "empty": [(ONCE, b"")],
    "too long": [(ONCE, LONG)],
    "twice": [(ONCE, b"a"), (ONCE, b"b")],
    "twice the same": [(ONCE, b"a"), (ONCE, b"a")],
}
STRANGERS: Final = {
    "nobody": [],
    "empty": [b""],
    "scheme only": [b"Bearer"],
    "no scheme": [MANAGER],
    "two keys": [b"Bearer " + MANAGER + b" " + MANAGER],
    "twice": [b"Bearer " + MANAGER] * 2,
    "broken UTF-8": [b"Bearer \xff\xfe" + MANAGER],
    "NUL": [b"Bearer " + MANAGER + b"\0"],
    "Latin": [b"Bearer " + MANAGER[:-1] + b"\xe9"],
    "Basic, broken UTF-8": [b"Basic " + base64.b64encode(b"\xff\xfe:")],
    "Basic, no base64": [b"Basic ===="],
    "Basic, key as password": [b"Basic " + base64.b64encode(b":" + MANAGER)],
    "Basic, NUL": [b"Basic " + base64.b64encode(MANAGER + b"\0:")],
    "long": [b"Bearer " + b"k" * 10_000],
    "another's": [b"Bearer sk_test_4eC39HqLyjWDarjtT1zdp7dc"],
    "Digest": [b'Digest username="' + MANAGER + b'"'],
}
ODD_VERSIONS: Final = {
    "old": (b"2014-01-31", "2014-01-31"),
    "preview": (b"2026-10-28.preview", "2026-10-28.preview"),
    "beta": (b"2026-10-28.endive; a_beta=v1", "2026-10-28.endive; a_beta=v1"),
    "empty": (b"", API_VERSION),
    "NUL": (b"2026\0", API_VERSION),
    "split": (b"2026\r\nSet-Cookie: a=b", API_VERSION),
    "Latin": (b"\xff", API_VERSION),
    "long": (b"1" * 201, API_VERSION),
}
MULTIPART: Final = b'--x\r\nContent-Disposition: form-data; name="amount"\r\n\r\n1250\r\n--x--\r\n'
BODIES: Final = {
    "JSON": (b"application/json", b'{"amount": 1250, "currency": "eur"}'),
    "broken JSON": (b"application/json", b'{"amount": 12'),
    "multipart": (b"multipart/form-data; boundary=x", MULTIPART),
    "plain": (b"text/plain", SALE),
    "XML": (b"application/xml", b"<amount>1250</amount>"),
    "no type": (None, SALE),
    "no words": (b"\xff\0;;;", SALE),
    "compressed": (b"application/gzip", b"\x1f\x8b\x08"),
}


async def post(posd: Whole, target: bytes, body: bytes, *more: Header) -> Told:
    return await posd.ask("POST", target, body, headers=(FORM, KEY, *more))


def id_of(told: Told) -> str:
    assert told.status == 200, told.body
    id_: str = json.loads(told.body)["id"]
    return id_


@pytest.mark.parametrize("keys", BAD_KEYS.values(), ids=BAD_KEYS)
@virtual
async def test_idempotency_keys_that_cannot_be(tmp_path: Path, keys: list[Header]) -> None:
    async with whole(tmp_path) as posd:
        before = posd.written()
        for route in ROUTES:
            if route.method == "POST" and route.access is not Access.OPERATOR:
                body = with_good_ones(route, "", b"")
                told = await post(posd, with_ids(posd, route), body, *keys)
                assert (told.status, told.error["type"]) == (400, "invalid_request_error")
        assert posd.written() == before


@virtual
async def test_a_bad_request_burns_no_idempotency_key(tmp_path: Path) -> None:
    """The same key with a good body works, whatever was wrong before; then it is taken."""
    async with whole(tmp_path) as posd:
        once = (ONCE, b"sale-4711")
        for route in ROUTES:
            if route.method == "POST" and route.access is not Access.OPERATOR:
                for name in route.params.named():
                    for one in faults(route.params, name)[:5]:
                        form = with_good_ones(route, name, one.form)
                        await post(posd, with_ids(posd, route), form, once)
        made = await post(posd, INTENTS, SALE, once)
        again = await post(posd, INTENTS, SALE, once)
        assert id_of(made) == id_of(again)
        assert "idempotent-replayed" not in made.headers
        assert again.headers["idempotent-replayed"] == "true"
        other = await post(posd, INTENTS, b"amount=1&currency=eur", once)
        assert (other.status, other.error["type"]) == (400, "idempotency_error")


@pytest.mark.parametrize(
    ("target", "bad", "good"),
    [
        (INTENTS, b"amount=12.50&currency=eur", SALE),
        (b"/v1/payment_intents/%s", b"amount=-1", b"amount=1300"),
        (b"/v1/payment_intents/%s/cancel", b"cancellation_reason=whim", b""),
        (b"/v1/terminal/readers", b"registration_code=simulated-wpe", ANOTHER),
    ],
)
@virtual
async def test_each_kind_of_call_may_use_its_key_after_a_refusal(
    tmp_path: Path, target: bytes, bad: bytes, good: bytes
) -> None:
    async with whole(tmp_path) as posd:
        path = target % posd.intent.encode() if b"%s" in target else target
        once = (ONCE, b"sale-4711")
        assert (await post(posd, path, bad, once)).error["param"]
        made = await post(posd, path, good, once)
        assert made.status == 200, made.body
        assert "idempotent-replayed" not in made.headers


@pytest.mark.parametrize("presented", STRANGERS.values(), ids=STRANGERS)
@virtual
async def test_a_stranger_is_told_so_at_every_route(tmp_path: Path, presented: list[bytes]) -> None:
    async with whole(tmp_path) as posd:
        before = posd.written()
        keys = [(b"authorization", one) for one in presented]
        for route in ROUTES:
            if route.path in ("/posd/v1/live", "/posd/v1/ready") and not presented:
                continue
            told = await posd.ask(route.method, with_ids(posd, route), SALE, headers=(FORM, *keys))
            at_the_machine_only = not presented and route.access is Access.OPERATOR
            assert told.status == (403 if at_the_machine_only else 401)
            assert told.error["type"] == "invalid_request_error"
            assert MANAGER not in told.body
        assert posd.written() == before


@pytest.mark.parametrize("value", [b"acct_1MtQdQA4Q", b"", b"nonsense", b"\xff"])
@pytest.mark.parametrize("header", [b"stripe-account", b"stripe-context"])
@virtual
async def test_nobody_acts_for_another_account(tmp_path: Path, header: bytes, value: bytes) -> None:
    async with whole(tmp_path) as posd:
        before = posd.written()
        for route in ROUTES:
            if route.access is not Access.OPERATOR:
                target = with_ids(posd, route)
                told = await posd.ask(
                    route.method, target, SALE, headers=(FORM, KEY, (header, value))
                )
                assert (told.status, told.error["code"]) == (403, "account_invalid")
        assert posd.written() == before


@pytest.mark.parametrize(("asked", "echoed"), ODD_VERSIONS.values(), ids=ODD_VERSIONS)
@virtual
async def test_any_version_may_be_asked_for(tmp_path: Path, asked: bytes, echoed: str) -> None:
    async with whole(tmp_path) as posd:
        told = await posd.ask("GET", INTENTS, headers=(KEY, (b"stripe-version", asked)))
        assert (told.status, told.headers["stripe-version"]) == (200, echoed)


@pytest.mark.parametrize(("kind", "body"), BODIES.values(), ids=BODIES)
@virtual
async def test_a_body_that_is_no_form(tmp_path: Path, kind: bytes | None, body: bytes) -> None:
    headers = (KEY,) if kind is None else (KEY, (b"content-type", kind))
    async with whole(tmp_path) as posd:
        before = posd.written()
        for route in ROUTES:
            if route.method == "POST" and route.access is not Access.OPERATOR:
                told = await posd.ask("POST", with_ids(posd, route), body, headers=headers)
                assert (told.status, told.error["type"]) == (400, "invalid_request_error")
        assert posd.written() == before


@virtual
async def test_a_get_has_no_body_and_a_post_may_have_a_query(tmp_path: Path) -> None:
    async with whole(tmp_path) as posd:
        before = posd.written()
        asked = await posd.ask("GET", INTENTS, b"limit=0", headers=(FORM, KEY))
        assert asked.status == 200
        twice = await post(posd, INTENTS + b"?amount=1", SALE)
        assert (twice.status, twice.error["param"]) == (400, "amount")
        unknown = await post(posd, INTENTS + b"?amont=1", SALE)
        assert (unknown.status, unknown.error["code"]) == (400, "parameter_unknown")
        broken = await post(posd, INTENTS + b"?amount=%FF&currency=eur", b"")
        assert (broken.status, broken.error["param"]) == (400, "amount")
        assert posd.written() == before
