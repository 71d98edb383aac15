"""The official `stripe` SDK as oracle: its encoder, and its client on an in-process function."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import stripe
from stripe._encode import _api_encode
from typing_extensions import override

KEY = "sk_test_oracle"

Serve = Callable[[str, str], tuple[int, dict[str, object]]]
"""(path, query) → status and JSON body."""


def encoded(params: Mapping[str, Any]) -> bytes:
    """The body as `stripe._api_requestor` writes it: encode, quote, brackets left as they are."""
    quoted = urlencode(list(_api_encode(params)))
    return quoted.replace("%5B", "[").replace("%5D", "]").encode()


class InProcess(stripe.HTTPClient):
    """An HTTP client of the SDK that calls a function and opens no socket."""

    name = "in-process"

    def __init__(self, serve: Serve) -> None:
        super().__init__()
        self._serve = serve

    @override
    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        path, _, query = url.removeprefix("https://api.stripe.com").partition("?")
        status, body = self._serve(path, query)
        return json.dumps(body), status, {"Request-Id": "req_1"}

    @override
    def close(self) -> None:
        pass


def client(serve: Serve) -> stripe.StripeClient:
    """The SDK's client on top of `serve`."""
    return stripe.StripeClient(KEY, http_client=InProcess(serve))
