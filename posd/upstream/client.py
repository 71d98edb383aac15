"""One request to Stripe and its answer, or UpstreamUnavailable. Nothing is tried again here.

An effect may be repeated only under its own key, after what is known of it was journaled (M13);
that decision lies with the forwarder.
"""

import asyncio
import re
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from posd.errors import ConfigError, CredentialRefused, UpstreamUnavailable
from posd.upstream.contact import Contact, Heard
from posd.upstream.payment_records import API_VERSION
from posd.upstream.proof import proven

if TYPE_CHECKING:
    import httpx2

CONNECT_S: Final = 5.0
TOTAL_S: Final = 30.0
ANSWER_BYTES_MAX: Final = 1 << 20
CONNECTIONS_DEFAULT: Final = 4
CONNECTIONS_SPARE: Final = 4
"""For those who wait, besides the connections of the queue."""
IDLE_CONNECTION_S: Final = 30.0
RETRY_AFTER_S_MAX: Final = 3600
CREDENTIAL_REFUSED: Final = frozenset({401, 403})

_API_KEY: Final = re.compile(r"(?:sk|rk)_(live|test)_\w+", re.ASCII)


class Answer(Struct, frozen=True):
    """What Stripe said, provably Stripe.

    Attributes:
        status: 200, or 400..599 with an error envelope.
        body: The JSON object.
        request_id: Stripe's id of the exchange, `req_…`, or None.
        should_retry: Stripe's own advice, or None where it gave none.
        retry_after_s: Seconds to wait, at most an hour, or None.
    """

    status: int
    body: dict[str, Any]
    request_id: str | None = None
    should_retry: bool | None = None
    retry_after_s: int | None = None


class Account(Struct, frozen=True):
    """Whose account the credential opens, and in which mode."""

    id: str
    livemode: bool


class StripeClient:
    """Stripe's API under one credential. Connects at the first request; safe to share.

    Args:
        base_url: Scheme, host and port.
        key: A restricted or secret key. It appears in no log, error or repr.
        transport: Carries the requests; None for the network.
        connections: How many the queue may use at once.
        total_s: Seconds from the request to the last byte of its answer.

    Attributes:
        contact: What the latest requests met with.

    Raises:
        ConfigError: The key is not one of Stripe's.
    """

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        transport: "httpx2.AsyncBaseTransport | None" = None,
        total_s: float = TOTAL_S,
        connections: int = CONNECTIONS_DEFAULT,
    ) -> None:
        self.livemode = _livemode(key)
        self.contact = Contact()
        self._key = key
        self._base_url = base_url.rstrip("/")
        self._transport = transport
        self._total_s = total_s
        self._connections = connections
        self._http: httpx2.AsyncClient | None = None
        self._connecting = asyncio.Lock()

    def use(self, key: str) -> None:
        """Send with this key from here on. Raises ConfigError as the constructor does."""
        self.livemode = _livemode(key)
        self._key = key

    async def account(self, key: str | None = None) -> Account:
        """Ask whose credential this is. The mode is the key's: the object does not carry it.

        Args:
            key: Another credential than the one in use, for this question only.

        Raises:
            ConfigError: The key is not one of Stripe's.
            CredentialRefused: Stripe does not take the credential.
            UpstreamUnavailable: Stripe was not reached, or does not say now.
        """
        livemode = self.livemode if key is None else _livemode(key)
        authorised = {} if key is None else {"Authorization": f"Bearer {key}"}
        headers = {"Stripe-Version": API_VERSION} | authorised
        answer = await self._told("GET", "/v1/account", b"", headers)
        if answer.status in CREDENTIAL_REFUSED:
            raise CredentialRefused(f"Stripe refuses the credential: HTTP {answer.status}")
        if answer.status != 200:
            raise UpstreamUnavailable(f"Stripe does not say whose credential: HTTP {answer.status}")
        return Account(answer.body["id"], livemode)

    async def get(self, path: str, connected_account: str | None = None) -> Answer:
        """Read. `path` may carry a query. Raises UpstreamUnavailable."""
        return await self.send("GET", path, b"", connected_account=connected_account)

    async def send(
        self,
        method: str,
        path: str,
        body: bytes,
        *,
        idempotency_key: str | None = None,
        api_version: str = API_VERSION,
        connected_account: str | None = None,
    ) -> Answer:
        """Send exactly this, once.

        Args:
            method: GET, POST or DELETE.
            path: From `/v1` on; one that `proof` knows.
            body: The form, byte for byte as it was journaled.
            idempotency_key: The effect's one key.
            api_version: The version the body was written for.
            connected_account: `acct_…` to act on, or None for the credential's own.

        Raises:
            UpstreamUnavailable: No answer, or none that is provably Stripe's. It may have acted.
        """
        headers = {"Stripe-Version": api_version}
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if idempotency_key is not None:
            headers["Idempotency-Key"] = idempotency_key
        if connected_account is not None:
            headers["Stripe-Account"] = connected_account
        return await self._told(method, path, body, headers)

    async def _told(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        authorised = {"Authorization": f"Bearer {self._key}"} | headers
        sent_at = asyncio.get_running_loop().time()
        status, answered, raw = await self._exchange(method, path, body, authorised)
        kind, resource = answered.get("content-type", ""), path.partition("?")[0]
        try:
            told = proven((method, resource), status, kind, raw)
        except UpstreamUnavailable:
            self.contact.missed(sent_at, Heard.FAILING if status >= 500 else Heard.NOT_STRIPE)
            raise
        self.contact.answered(sent_at, status)
        return Answer(
            status=status,
            body=told,
            request_id=answered.get("request-id"),
            should_retry=_advice(answered.get("stripe-should-retry")),
            retry_after_s=_seconds(answered.get("retry-after")),
        )

    async def close(self) -> None:
        """Let go of the connections."""
        if self._http is not None:
            await self._http.aclose()

    async def _exchange(
        self, method: str, path: str, body: bytes, headers: dict[str, str]
    ) -> "tuple[int, httpx2.Headers, bytes]":
        http = await self._connected()
        import httpx2  # by now loaded

        raw = bytearray()
        sent_at = asyncio.get_running_loop().time()
        try:
            async with (
                asyncio.timeout(self._total_s),
                http.stream(method, self._base_url + path, content=body, headers=headers) as answer,
            ):
                async for chunk in answer.aiter_bytes():
                    raw += chunk
                    if len(raw) > ANSWER_BYTES_MAX:
                        break
        except TimeoutError as error:
            self.contact.missed(sent_at, Heard.SILENT)
            raise UpstreamUnavailable(f"no answer within {self._total_s:g} s") from error
        except httpx2.HTTPError as error:
            unreached = isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout)
            self.contact.missed(sent_at, Heard.NOT_REACHED if unreached else Heard.SILENT)
            raise UpstreamUnavailable(f"{type(error).__name__}: {error}") from error
        if len(raw) > ANSWER_BYTES_MAX:
            raise UpstreamUnavailable(f"an answer of more than {ANSWER_BYTES_MAX} bytes")
        return answer.status_code, answer.headers, bytes(raw)

    async def _connected(self) -> "httpx2.AsyncClient":
        """The HTTP client, made at the first request: its import costs more than posd's start."""
        async with self._connecting:
            if self._http is None:
                if self._transport is None:
                    self._transport = await asyncio.to_thread(_network, self._connections)
                self._http = self._client(self._transport)
        return self._http

    def _client(self, transport: "httpx2.AsyncBaseTransport") -> "httpx2.AsyncClient":
        import httpx2

        return httpx2.AsyncClient(
            headers={
                "Accept-Encoding": "identity",
                "User-Agent": "posd",
            },
            transport=transport,
            timeout=httpx2.Timeout(None, connect=min(CONNECT_S, self._total_s)),
            follow_redirects=False,
            trust_env=False,
        )


def _livemode(key: str) -> bool:
    """Whether it is a key of live mode. Raises ConfigError if it is none of Stripe's."""
    found = _API_KEY.fullmatch(key)
    if found is None:
        raise ConfigError("the upstream credential is not a restricted or secret Stripe key")
    return found[1] == "live"


def _network(connections: int) -> "httpx2.AsyncBaseTransport":
    """TLS with the system's or the library's roots. Blocks: it reads code and certificates."""
    import httpx2

    limits = httpx2.Limits(
        max_connections=connections + CONNECTIONS_SPARE, keepalive_expiry=IDLE_CONNECTION_S
    )
    return httpx2.AsyncHTTPTransport(limits=limits, trust_env=False)


def _advice(header: str | None) -> bool | None:
    return {"true": True, "false": False}.get(header or "")


def _seconds(header: str | None) -> int | None:
    if header is None or not header.isascii() or not header.isdecimal() or len(header) > 9:
        return None
    return min(int(header), RETRY_AFTER_S_MAX)
