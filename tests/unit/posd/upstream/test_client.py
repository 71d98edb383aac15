import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx2
import pytest
from typing_extensions import override

from posd.errors import ConfigError, CredentialRefused, UpstreamUnavailable
from posd.stripe_wire.form import Value, encode
from posd.upstream import client as upstream
from posd.upstream.client import Account, StripeClient
from posd.upstream.payment_records import API_VERSION
from posd_simulator.cloud.app import create_app
from posd_simulator.cloud.cloud import Cloud
from posd_simulator.cloud.faults import Fault, FaultKind
from posd_simulator.cloud.ledger import account_id_of
from posd_simulator.cloud.serve import numbered
from tests.simulation.asgi import AsgiTransport, Link, connected

KEY = "rk_test_store"
REPORT_PATH = "/v1/payment_records/report_payment"
PARAMS: dict[str, Value] = {
    "amount_requested": {"currency": "eur", "value": 1250},
    "initiated_at": 1,
    "payment_method_details": {"type": "custom", "custom": {"display_name": "girocard"}},
}
BODY = encode(PARAMS)


class World:
    """posd's client, the line, and the simulated Stripe behind it."""

    def __init__(self, cloud: Cloud, line: AsgiTransport, client: StripeClient) -> None:
        self.cloud = cloud
        self.line = line
        self.client = client

    async def report(self) -> upstream.Answer:
        return await self.client.send("POST", REPORT_PATH, BODY, idempotency_key="K")

    def records(self) -> int:
        return sum(len(each.payment_records) for each in self.cloud.ledger.accounts.values())


@asynccontextmanager
async def world(key: str = KEY, total_s: float = 1.0) -> AsyncIterator[World]:
    cloud = Cloud(lambda: 1_800_000_000_000, numbered(1, 0))
    async with connected(create_app(cloud)) as line:
        client = StripeClient("http://stripe", key, transport=line, total_s=total_s)
        yield World(cloud, line, client)
        await client.close()


def answering(answer: Callable[[httpx2.Request], httpx2.Response]) -> StripeClient:
    return StripeClient("https://stripe", KEY, transport=httpx2.MockTransport(answer))


async def test_an_effect_arrives_byte_for_byte_under_its_key() -> None:
    async with world() as on:
        answer = await on.client.send(
            "POST",
            REPORT_PATH,
            BODY,
            idempotency_key="K",
            api_version="2026-09-30.endive",
            connected_account="acct_lane",
        )
        (logged,) = on.cloud.requests
    assert (answer.status, answer.body["object"]) == (200, "payment_record")
    assert answer.request_id == logged.id
    assert (logged.method, logged.path, logged.body) == ("POST", REPORT_PATH, BODY.decode())
    assert (logged.idempotency_key, logged.account) == ("K", "acct_lane")


async def test_every_request_is_labelled() -> None:
    seen: list[httpx2.Headers] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.headers)
        return httpx2.Response(200, json={"object": "account", "id": "acct_1"})

    client = answering(answer)
    await client.account()
    await client.close()
    (headers,) = seen
    assert headers["stripe-version"] == API_VERSION
    assert headers["authorization"] == f"Bearer {KEY}"
    assert headers["accept-encoding"] == "identity"
    assert not {"idempotency-key", "stripe-account", "content-type"} & set(headers)


@pytest.mark.parametrize("key", ["rk_test_store", "rk_live_store", "sk_live_store"])
async def test_the_account_and_its_mode_are_known(key: str) -> None:
    async with world(key) as on:
        assert await on.client.account() == Account(account_id_of(key), "live" in key)
        assert on.client.livemode is ("live" in key)


@pytest.mark.parametrize("key", ["", "pk_test_1", "rk_test_", "rk_test_a\n", "whsec_1"])
def test_only_an_api_key_is_a_credential(key: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        StripeClient("https://stripe", key)
    assert not key or key not in str(refusal.value)


async def test_a_refused_credential_has_no_account() -> None:
    async with world() as on:
        on.cloud.faults.add(Fault(FaultKind.REFUSE, method="GET", status=401, code=None))
        with pytest.raises(CredentialRefused, match="401"):
            await on.client.account()


async def test_reading_takes_a_query() -> None:
    async with world() as on:
        made = (await on.report()).body
        listed = await on.client.get("/v1/payment_records?limit=1")
        assert listed.body["data"] == [made]
        again = await on.client.get(f"/v1/payment_records/{made['id']}")
        assert again.body == made


async def test_an_error_of_stripes_is_an_answer() -> None:
    async with world() as on:
        on.cloud.faults.add(Fault(FaultKind.ERROR_AFTER_COMMIT))
        answer = await on.report()
        assert (answer.status, answer.body["error"]["type"]) == (500, "api_error")
        missing = await on.client.get("/v1/payment_records/pr_0")
        assert (missing.status, missing.body["error"]["code"]) == (404, "resource_missing")


async def test_nothing_is_tried_again() -> None:
    async with world() as on:
        on.cloud.faults.add(Fault(FaultKind.LOST))
        with pytest.raises(UpstreamUnavailable, match="RemoteProtocolError"):
            await on.report()
        assert (len(on.cloud.requests), on.records()) == (1, 1)
        assert (await on.report()).status == 200
        assert on.records() == 1


@pytest.mark.parametrize(("link", "records"), [(Link.DOWN, 0), (Link.LOSES_ANSWERS, 1)])
async def test_a_bad_line_is_no_answer(link: Link, records: int) -> None:
    async with world() as on:
        on.line.link = link
        with pytest.raises(UpstreamUnavailable):
            await on.report()
        await asyncio.sleep(0)
        assert on.records() == records


async def test_a_request_that_hangs_ends_at_the_deadline() -> None:
    async with world(total_s=0.02) as on:
        on.cloud.faults.add(Fault(FaultKind.HANG))
        with pytest.raises(UpstreamUnavailable, match=r"within 0\.02 s"):
            await on.report()


async def test_a_captive_portal_is_not_stripe() -> None:
    async with world() as on:
        on.cloud.faults.add(Fault(FaultKind.HTML))
        with pytest.raises(UpstreamUnavailable, match="not Stripe"):
            await on.report()


async def test_a_redirect_is_not_followed() -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        assert request.url.host == "stripe"
        return httpx2.Response(302, headers={"Location": "https://portal/"}, json={})

    client = answering(answer)
    with pytest.raises(UpstreamUnavailable):
        await client.get("/v1/account")
    await client.close()


@pytest.mark.parametrize(
    ("headers", "should_retry", "retry_after_s"),
    [
        ({}, None, None),
        ({"Stripe-Should-Retry": "true", "Retry-After": "7"}, True, 7),
        ({"Stripe-Should-Retry": "false", "Retry-After": "86400"}, False, 3600),
        (
            {"Stripe-Should-Retry": "maybe", "Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"},
            None,
            None,
        ),
        ({"Retry-After": "-1"}, None, None),
    ],
)
async def test_stripes_advice_is_read(
    headers: dict[str, str], *, should_retry: bool | None, retry_after_s: int | None
) -> None:
    body = {"error": {"type": "invalid_request_error", "code": "rate_limit"}}
    client = answering(lambda _request: httpx2.Response(429, headers=headers, json=body))
    answer = await client.get("/v1/account")
    await client.close()
    assert (answer.should_retry, answer.retry_after_s) == (should_retry, retry_after_s)


async def test_an_answer_without_end_is_cut_off() -> None:
    class Endless(httpx2.AsyncByteStream):
        sent = 0

        @override
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                self.sent += 65_536
                yield b" " * 65_536

    stream = Endless()
    client = answering(lambda _request: httpx2.Response(200, stream=stream))
    with pytest.raises(UpstreamUnavailable, match="more than"):
        await client.get("/v1/account")
    await client.close()
    assert stream.sent <= upstream.ANSWER_BYTES_MAX + 2 * 65_536


async def test_a_peer_that_drips_meets_the_deadline() -> None:
    hung_up = asyncio.Event()

    async def drip(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b" ")
            await asyncio.sleep(0.01)
        hung_up.set()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = StripeClient(f"http://127.0.0.1:{port}", KEY, total_s=0.1)
    with pytest.raises(UpstreamUnavailable, match=r"within 0\.1 s"):
        await client.get("/v1/account")
    await hung_up.wait()
    await client.close()
    server.close()
    await server.wait_closed()


async def test_nobody_there_is_no_answer() -> None:
    server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    client = StripeClient(f"http://127.0.0.1:{port}", KEY)
    with pytest.raises(UpstreamUnavailable, match="ConnectError"):
        await client.get("/v1/account")
    await client.close()


async def test_the_environment_chooses_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    client = StripeClient(f"http://127.0.0.1:{port}", KEY)
    with pytest.raises(UpstreamUnavailable):
        await client.get("/v1/account")
    await client.close()
    server.close()
    await server.wait_closed()
    assert asked == [b"GET /v1/account HTTP/1.1\r\n"]


async def test_the_credential_is_told_to_nobody_else() -> None:
    client = answering(lambda _request: httpx2.Response(500, text=""))
    with pytest.raises(UpstreamUnavailable) as refusal:
        await client.get("/v1/account")
    assert KEY not in f"{refusal.value} {client!r} {client._http!r}"
    await client.close()


def test_the_http_library_waits_for_the_first_request() -> None:
    program = (
        "import sys; from posd.upstream.client import StripeClient; "
        "StripeClient('https://stripe', 'rk_test_1'); print('httpx2' in sys.modules)"
    )
    seen = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert seen.stdout.strip() == "False"
