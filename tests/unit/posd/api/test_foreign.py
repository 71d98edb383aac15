"""A foreign page in the till's browser: refused, and it holds no place that the till needs."""

import pytest

from tests.unit.posd.api.wire import HEAD, served, wire

FOREIGN = {
    "page": HEAD + b"Origin: https://evil.example\r\n\r\n",
    "frame": HEAD + b"Sec-Fetch-Site: cross-site\r\n\r\n",
    "name": HEAD.replace(b"localhost", b"evil.example") + b"\r\n",
}
STATUS = {"page": 403, "frame": 403, "name": 421}


@pytest.mark.parametrize("what", FOREIGN)
async def test_its_connection_is_closed_with_the_refusal(what: str) -> None:
    async with served() as listener, wire(listener) as browser:
        await browser.send(FOREIGN[what])
        assert await browser.status() == STATUS[what]
        assert b"connection: close" in browser.head.lower()
        assert await browser.closed()
