"""The official SDKs over the network: with the line that `posd tls` prints, and not without it."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
import stripe

from posd.tls.trust import trust_lines
from tests.conformance.conftest import USABLE
from tests.conformance.sdks import Answer, Call, Sdk, SdkError
from tests.conformance.surface.doors import ADDRESS, Surface
from tests.crash.store import KEY

pytestmark = pytest.mark.allow_hosts(["127.0.0.1", ADDRESS])

LIST = Call("payment_intents.list", ({"limit": 1},))
RUNNING = {"python": "Python", "python-async": "Python", "node": "Node"}
"""By whose line each SDK is told whom to trust."""


@pytest.fixture(params=list(USABLE))
def sdk_name(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def told_to_trust(surface: Surface, sdk_name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What its line says, done."""
    line = dict(trust_lines(str(surface.authority), surface.url))[RUNNING[sdk_name]]
    if RUNNING[sdk_name] == "Python":
        name, value = line.split(" = ")
        assert name == "stripe.ca_bundle_path"
        monkeypatch.setattr(stripe, "ca_bundle_path", value.strip('"'))
    else:
        monkeypatch.setenv(*line.split()[0].split("="))


@pytest.fixture
def open_sdk(surface: Surface, sdk_name: str) -> Iterator[Callable[[], Sdk]]:
    """Opens the SDK at posd's address on the network."""
    opened: list[Sdk] = []

    def open_sdk() -> Sdk:
        opened.append(USABLE[sdk_name](surface.url.rstrip("/"), KEY))
        return opened[-1]

    yield open_sdk
    for sdk in opened:
        with closing(sdk):
            pass


@pytest.mark.usefixtures("told_to_trust")
def test_an_sdk_that_was_told_whom_to_trust_works_unchanged(open_sdk: Callable[[], Sdk]) -> None:
    (told,) = open_sdk().at_once([LIST])
    assert isinstance(told, Answer), told
    assert told.body["data"][0]["object"] == "payment_intent"


def test_an_sdk_that_was_not_sends_nothing(
    open_sdk: Callable[[], Sdk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NODE_EXTRA_CA_CERTS", raising=False)
    assert "NODE_EXTRA_CA_CERTS" not in os.environ
    (told,) = open_sdk().at_once([LIST])
    assert isinstance(told, SdkError), told
    assert (told.kind.removeprefix("API"), told.status) == ("ConnectionError", None)
