"""What a web page on the same machine may not reach: no fact written, no payment in the answer."""

import pytest

from tests.unit.posd.api.fakes import TILL, Bench
from tests.unit.posd.api.test_payment_intents import COFFEE

HOSTS = [
    ("127.0.0.1:8719", 200),
    ("127.0.0.1", 200),
    ("localhost:8719", 200),
    ("LOCALHOST", 200),
    ("[::1]:8719", 200),
    ("[::1]", 200),
    ("posd.store.example", 200),
    ("posd.store.example:443", 200),
    ("evil.example", 421),
    ("evil.example:8719", 421),
    ("127.0.0.1.evil.example", 421),
    ("evil.example#127.0.0.1", 421),
    ("127.0.0.1:8719@evil.example", 421),
    ("0.0.0.0:8719", 421),
    ("127.1", 421),
    ("[::ffff:127.0.0.1]", 421),
    ("::1", 421),
    ("localhost.", 421),
    ("localhost:", 421),
    ("localhost:http", 421),
    ("localhost:123456", 421),
    ("", 421),
]
HEADERS = [
    ({}, 200),
    ({"Origin": "http://127.0.0.1:8719"}, 200),
    ({"Origin": "https://127.0.0.1:8719"}, 200),
    ({"Origin": "http://127.0.0.1"}, 403),
    ({"Origin": "http://localhost:8719"}, 403),
    ({"Origin": "http://127.0.0.1:8720"}, 403),
    ({"Origin": "http://evil.example"}, 403),
    ({"Origin": "null"}, 403),
    ({"Origin": "file://"}, 403),
    ({"Origin": ""}, 403),
    ({"Sec-Fetch-Site": "none"}, 200),
    ({"Sec-Fetch-Site": "same-origin"}, 200),
    ({"Sec-Fetch-Site": "same-site"}, 403),
    ({"Sec-Fetch-Site": "cross-site"}, 403),
]
METHODS = [
    ("GET", 200),
    ("HEAD", 200),
    ("POST", 200),
    ("PUT", 405),
    ("DELETE", 405),
    ("PATCH", 405),
    ("OPTIONS", 405),
    ("TRACE", 405),
]


async def ask(bench: Bench, method: str, headers: dict[str, str]) -> tuple[int, bytes]:
    async with bench.client() as caller:
        answer = await caller.request(
            method,
            "/v1/payment_intents",
            headers=headers,
            data=COFFEE if method == "POST" else None,
        )
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    return answer.status_code, answer.content


@pytest.mark.parametrize(("host", "status"), HOSTS)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_hosts(method: str, host: str, status: int) -> None:
    bench = Bench(hosts=("posd.store.example",))
    assert (await ask(bench, method, {"Host": host}))[0] == status
    assert bench.store.commits == (status == 200 and method == "POST")


@pytest.mark.parametrize(("headers", "status"), HEADERS)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_origins(method: str, headers: dict[str, str], status: int) -> None:
    bench = Bench()
    found, body = await ask(bench, method, headers)
    assert found == status
    assert bench.store.commits == (status == 200 and method == "POST")
    assert status == 200 or b"payment_intent" not in body


@pytest.mark.parametrize(("method", "status"), METHODS)
async def test_methods(method: str, status: int) -> None:
    bench = Bench()
    assert (await ask(bench, method, {}))[0] == status
    assert bench.store.commits == (method == "POST")


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/x-www-form-urlencoded", 200),
        ("application/x-www-form-urlencoded; charset=utf-8", 200),
        ("application/json", 400),
        ("text/plain", 400),
        ("multipart/form-data; boundary=x", 400),
        ("", 400),
    ],
)
async def test_content_types(content_type: str, status: int) -> None:
    bench = Bench()
    async with bench.client() as till:
        answer = await till.post(
            "/v1/payment_intents",
            content=b"amount=1250&currency=eur",
            headers={"Content-Type": content_type},
        )
    assert answer.status_code == status
    assert bench.store.commits == (status == 200)


@pytest.mark.parametrize("count", [0, 2])
async def test_exactly_one_host(count: int) -> None:
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: object) -> None:
        assert isinstance(message, dict)
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/v1/payment_intents",
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1")] * count
        + [(b"authorization", f"Bearer {TILL}".encode())],
    }
    await Bench().api(scope, receive, send)
    assert sent[0]["status"] == 400
