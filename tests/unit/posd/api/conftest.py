"""The network that tests of this folder listen on."""

import ssl

import pytest

from posd.api.lan import Lan
from tests.unit.posd.tls.shop import server_context, shared, trusting


@pytest.fixture
def lan() -> Lan:
    """At any free port of an address that no other machine reaches."""
    return Lan("127.0.0.1", 0, server_context(shared()))


@pytest.fixture
def trusted() -> ssl.SSLContext:
    """A client that trusts who is shown there."""
    return trusting(shared())
