"""One POST to the address that is told of alarms. Nothing is tried again here."""

import asyncio
from typing import TYPE_CHECKING, Final

from posd.service.credentials import Secret

if TYPE_CHECKING:
    import httpx2

TOTAL_S: Final = 10.0
"""From the request to the head of the answer: what it says besides is not read."""


class AlarmPost:
    """Tells `url`. `credential` is presented as a bearer token; it appears in no log or error."""

    def __init__(self, url: str, credential: Secret | None) -> None:
        self._url = url
        self._credential = credential

    async def __call__(self, body: bytes) -> str | None:
        """Why it was not heard, or None: any answer of 2xx is one that heard."""
        client = await asyncio.to_thread(_client)
        import httpx2  # by now loaded

        try:
            async with (
                asyncio.timeout(TOTAL_S),
                client,
                client.stream("POST", self._url, content=body, headers=self._headers()) as answer,
            ):
                return None if answer.is_success else f"HTTP {answer.status_code}"
        except TimeoutError:
            return f"no answer within {TOTAL_S:g} s"
        except httpx2.HTTPError as error:
            return type(error).__name__

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "User-Agent": "posd"}
        if self._credential is not None:
            headers["Authorization"] = f"Bearer {self._credential.reveal()}"
        return headers


def _client() -> "httpx2.AsyncClient":
    """Used once in hours, so it is made each time; its certificates are read from disk."""
    import httpx2

    return httpx2.AsyncClient(timeout=None, follow_redirects=False, trust_env=False)
