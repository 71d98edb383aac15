"""A store whose Stripe account has one configuration, the account's default."""

from pathlib import Path
from typing import Any

import httpx2

from posd.config.sections import UpstreamConfig
from posd.upstream.client import StripeClient
from tests.unit.posd.house import LANE_1, House, config, declared
from tests.unit.posd.stage import ScriptedTerminal


def account_default(**sections: Any) -> dict[str, Any]:
    """The configuration with these sections."""
    return {
        "id": "tmc_default",
        "object": "terminal.configuration",
        "is_account_default": True,
        "livemode": False,
        "name": None,
        **sections,
    }


class Stripe:
    """An account with one configuration, on a line that can be cut."""

    def __init__(self, configuration: dict[str, Any]) -> None:
        self.away = False
        self._configuration = configuration

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        if self.away:
            raise httpx2.ConnectError("away", request=request)
        path = request.url.path
        if path == "/v1/account":
            return httpx2.Response(200, json={"id": "acct_1", "object": "account"})
        data = [self._configuration] if path == "/v1/terminal/configurations" else []
        listed = {"object": "list", "url": path, "has_more": False, "data": data}
        return httpx2.Response(200, json=listed)

    def client(self) -> StripeClient:
        transport = httpx2.MockTransport(self.answer)
        return StripeClient("http://stripe", "rk_test_1", transport=transport)


def store(folder: Path, stripe: Stripe | None, terminal: ScriptedTerminal | None = None) -> House:
    """One lane, its terminal on the line; payments are not reported."""
    upstream = UpstreamConfig("none" if stripe is None else "stripe", report="off")
    client = None if stripe is None else stripe.client()
    file = config(declared("lane-1"), upstream=upstream)
    return House(folder, {LANE_1: (terminal or ScriptedTerminal()).open}, file, client)
