"""The way to Stripe, leg by leg: its name, a connection, TLS, an answer, and what the key may do.

Nothing is changed at Stripe: each question is a GET of one object at most.
"""

import json
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import closing
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, Final
from urllib.parse import urlsplit

from msgspec import Struct

from posd.clock import Clock
from posd.doctor import clock as machine_clock
from posd.doctor.finding import Finding, Topic, not_seen, ok, to_fix
from posd.service.credentials import STRIPE_PERMISSIONS, Secret
from posd.upstream.payment_records import API_VERSION

LEG_S: Final = 5.0
ANSWER_BYTES_MAX: Final = 1 << 16
PATHS: Final[Mapping[str, str]] = {
    "Account": "/v1/account",
    "Payment Records": "/v1/payment_records/pr_posd_doctor",
    "Terminal locations": "/v1/terminal/locations?limit=1",
    "Terminal readers": "/v1/terminal/readers?limit=1",
    "Terminal configurations": "/v1/terminal/configurations?limit=1",
    "Terminal hardware orders": "/v1/terminal/hardware_orders?limit=1",
}
"""What is asked to learn whether a permission is there; a record that does not exist will do."""
FORBIDDEN: Final = 403
UNAUTHORISED: Final = 401
REQUEST_ID: Final = "Request-Id"
PORTAL: Final = (
    "what answers is not Stripe: a sign-in page of the network, or a firewall that opens TLS"
)


class Stripe(Struct, frozen=True):
    """Where it is."""

    host: str
    port: int
    encrypted: bool


def at(base_url: str) -> Stripe:
    """Where the configuration says that it is."""
    parts = urlsplit(base_url)
    encrypted = parts.scheme == "https"
    assert parts.hostname is not None, base_url
    return Stripe(parts.hostname, parts.port or (443 if encrypted else 80), encrypted)


def findings(stripe: Stripe, key: Secret | None, clock: Clock) -> Iterator[Finding]:
    """Leg by leg until one is broken; with a key, each permission."""
    try:
        addresses = socket.getaddrinfo(stripe.host, stripe.port, type=socket.SOCK_STREAM)
    except OSError as error:
        told = f"the name {stripe.host} leads nowhere: {error.strerror}"
        yield to_fix(Topic.STRIPE, told, f"resolvectl query {stripe.host}")
        return
    yield ok(Topic.STRIPE, f"the name {stripe.host} leads to {addresses[0][4][0]}")
    try:
        with closing(_connected(stripe)) as connection:
            told = "a connection, with its own certificate" if stripe.encrypted else "a connection"
            yield ok(Topic.STRIPE, told)
            yield from _answers(connection, key, clock)
    except ssl.SSLCertVerificationError as error:
        told = f"{PORTAL} ({error.verify_message})"
        yield to_fix(Topic.STRIPE, told, f"curl --verbose https://{stripe.host}/", "date")
    except ssl.SSLError as error:
        yield to_fix(Topic.STRIPE, f"no TLS: {error.reason}", f"curl -v https://{stripe.host}/")
    except (OSError, HTTPException) as error:
        told = f"{stripe.host}:{stripe.port}: {getattr(error, 'strerror', None) or error!r}"
        reach = f"let this machine reach {stripe.host}, TCP port {stripe.port}, in the firewall"
        yield to_fix(Topic.STRIPE, told, reach)


def _connected(stripe: Stripe) -> HTTPConnection:
    if stripe.encrypted:
        context = ssl.create_default_context()
        connection: HTTPConnection = HTTPSConnection(
            stripe.host, stripe.port, timeout=LEG_S, context=context
        )
    else:
        connection = HTTPConnection(stripe.host, stripe.port, timeout=LEG_S)
    connection.connect()
    return connection


def _answers(connection: HTTPConnection, key: Secret | None, clock: Clock) -> Iterator[Finding]:
    answer, body = _ask(connection, PATHS["Account"], key)
    if answer.getheader(REQUEST_ID) is None:
        yield to_fix(Topic.STRIPE, PORTAL, "sign in there, or use another line")
        return
    yield ok(Topic.STRIPE, f"it answers: HTTP {answer.status}")
    sent = answer.getheader("Date")
    if sent is not None:
        stripe_s = parsedate_to_datetime(sent).timestamp()
        yield machine_clock.compared(clock.wall_ms() / 1000 - stripe_s)
    if key is None:
        yield not_seen(Topic.STRIPE, "the key is closed to you", "run this as root")
    elif answer.status == UNAUTHORISED:
        told = f"it does not take the key: {_message(body)}"
        yield to_fix(Topic.STRIPE, told, "make a new key: docs/running.md, step 5")
    else:
        yield from _permissions(connection, key)


def _permissions(connection: HTTPConnection, key: Secret) -> Iterator[Finding]:
    """What can be read. Whether it can be written, only a write would tell."""
    for name, path in PATHS.items():
        answer, body = _ask(connection, path, key)
        wanted = STRIPE_PERMISSIONS[name]
        if answer.status == FORBIDDEN:
            fix = f"Stripe's dashboard, API keys: {name}: {wanted}"
            yield to_fix(Topic.STRIPE, f"the key may not read {name}: {_message(body)}", fix)
        elif answer.status >= 500:
            yield not_seen(Topic.STRIPE, f"{name}: HTTP {answer.status}", "ask again later")
        else:
            yield ok(Topic.STRIPE, f"the key may read {name}")


def _ask(connection: HTTPConnection, path: str, key: Secret | None) -> tuple[HTTPResponse, bytes]:
    headers = {"Stripe-Version": API_VERSION}
    if key is not None:
        headers["Authorization"] = f"Bearer {key.reveal()}"
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    return answer, answer.read(ANSWER_BYTES_MAX)


def _message(body: bytes) -> str:
    try:
        told: Any = json.loads(body)["error"]["message"]
    except (ValueError, KeyError, TypeError):
        return "without a word why"
    return str(told)
