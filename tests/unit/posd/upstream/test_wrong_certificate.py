"""What answers in Stripe's place with a certificate that nobody vouches for hears nothing (F17).

`portal.pem` is self-signed, for api.stripe.com and this machine, made with
`openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500`.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from posd.errors import UpstreamUnavailable
from posd.upstream.client import StripeClient

KEY = "rk_test_store"
CERTIFICATE = Path(__file__).with_name("portal.pem")
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 41\r\n\r\n"
    b'{"id": "acct_portal", "object":"account"}'
)


class Portal:
    """A server that pretends to be Stripe, and keeps what it hears."""

    def __init__(self) -> None:
        self.heard = b""
        self.answer = ANSWER

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, ssl.SSLError):
            self.heard += await reader.read(1024)
            writer.write(self.answer)
            await writer.drain()
        writer.close()


@asynccontextmanager
async def portal(*, tls: bool) -> AsyncIterator[tuple[Portal, int]]:
    """A portal on a free port of loopback."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if tls else None
    if context is not None:
        context.load_cert_chain(CERTIFICATE)
    stands = Portal()
    server = await asyncio.start_server(stands.serve, "127.0.0.1", 0, ssl=context)
    yield stands, server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


async def test_a_certificate_that_nobody_vouches_for_is_no_answer_and_hears_no_key() -> None:
    async with portal(tls=True) as (stands, port):
        for host in ("127.0.0.1", "localhost"):
            client = StripeClient(f"https://{host}:{port}", KEY)
            with pytest.raises(UpstreamUnavailable, match="CERTIFICATE_VERIFY_FAILED"):
                await client.account()
            await client.close()
    assert stands.heard == b""


async def test_a_portal_without_tls_is_no_answer_and_hears_no_key() -> None:
    async with portal(tls=False) as (stands, port):
        client = StripeClient(f"https://127.0.0.1:{port}", KEY)
        with pytest.raises(UpstreamUnavailable, match="ConnectError"):
            await client.account()
        await client.close()
    assert KEY.encode() not in stands.heard
    assert b"HTTP" not in stands.heard


@pytest.mark.parametrize("kept", [20, 60, len(ANSWER) - 1])
async def test_an_answer_that_is_cut_short_is_none(kept: int) -> None:
    async with portal(tls=False) as (stands, port):
        stands.answer = ANSWER[:kept]
        client = StripeClient(f"http://127.0.0.1:{port}", KEY)
        with pytest.raises(UpstreamUnavailable):
            await client.account()
        await client.close()
