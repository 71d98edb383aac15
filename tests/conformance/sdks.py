"""One till, three official SDKs: unmodified, with posd's base address and nothing else set.

A call is named as the Python SDK names it (`terminal.readers.cancel_action`); each client makes it
with its own types, encoder, transport and error classes. What the SDKs have no method for is RAW.
`max_network_retries` is the default of the Node SDK, which Python's client takes as an argument.
"""

import asyncio
import json
import os
import re
import shutil
import subprocess
import warnings
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, TypeAlias, TypeVar, cast

import stripe
from typing_extensions import override

Json: TypeAlias = dict[str, Any]
T = TypeVar("T")

RAW: Final = "raw_request"
"""Its arguments: the HTTP method, the path with the query, and the form of a POST."""
RETRIES: Final = 2
BODY_AS_TEXT: Final = "Use 'content=<...>' to upload raw bytes/text content"
"""What httpx says of the way in which the SDK hands it a body."""
NODE_MAJOR_MIN: Final = 20
NODE_SCRIPT: Final = Path(__file__).parent / "till.js"
NODE_PACKAGES: Final = Path(__file__).parents[2] / ".venv/node/node_modules"
"""Where `make test` installs what `tests/node/package-lock.json` names."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an SDK.

    Attributes:
        key: The idempotency key, or None for one that the SDK draws.
        version: The Stripe-Version, or None for the SDK's own.
    """

    method: str
    arguments: tuple[str | Json, ...] = ()
    key: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the SDK made of an answer; names of headers in lower case."""

    body: Json
    headers: Mapping[str, str]

    @property
    def replayed(self) -> bool:
        """Whether posd says that it had answered the same call before."""
        return self.headers.get("idempotent-replayed") == "true"


@dataclass(eq=False)
class SdkError(Exception):
    """The error that the SDK raised.

    Attributes:
        kind: Its class, without Node's "Stripe" in front.
        status: Of the HTTP answer, or None without one.
        payment_intent: Id of the PaymentIntent that the error carries.
    """

    kind: str
    status: int | None
    message: str
    code: str | None
    param: str | None
    request_id: str | None
    payment_intent: str | None

    @override
    def __str__(self) -> str:
        return repr(self)


class Sdk(Protocol):
    """An official client for one address and key."""

    def at_once(self, calls: Sequence[Call]) -> list[Answer | SdkError]:
        """Make the calls at the same moment; their answers in the same order."""
        ...

    def every(self, call: Call) -> list[Json]:
        """All objects of a list, with the SDK's own paging."""
        ...

    def close(self) -> None:
        """Close what is open."""
        ...


class PythonSdk:
    """`stripe` from PyPI, blocking."""

    def __init__(self, base_url: str, key: str) -> None:
        self._client = stripe.StripeClient(
            key, base_addresses={"api": base_url}, max_network_retries=RETRIES
        )

    def at_once(self, calls: Sequence[Call]) -> list[Answer | SdkError]:
        """Make the calls on a thread each."""
        with ThreadPoolExecutor(len(calls)) as threads:
            return list(threads.map(self._answered, calls))

    def every(self, call: Call) -> list[Json]:
        """All objects of a list."""
        pages = _method(self._client, call.method)(*call.arguments)
        return [one.to_dict() for one in pages.auto_paging_iter()]

    def close(self) -> None:
        """Nothing is open: the SDK's sessions end with their threads."""

    def _answered(self, call: Call) -> Answer | SdkError:
        try:
            if call.method == RAW:
                return _raw_answer(self._client.raw_request(*_target(call), **_raw(call)))
            return _answer(_method(self._client, call.method)(*call.arguments, _options(call)))
        except stripe.StripeError as error:
            return _told(error)


class AsyncPythonSdk:
    """`stripe` from PyPI, its `*_async` methods over httpx."""

    def __init__(self, base_url: str, key: str) -> None:
        self._runner = asyncio.Runner()
        self._http = stripe.HTTPXClient()
        self._client = stripe.StripeClient(
            key,
            http_client=self._http,
            base_addresses={"api": base_url},
            max_network_retries=RETRIES,
        )

    def at_once(self, calls: Sequence[Call]) -> list[Answer | SdkError]:
        """Make the calls in one loop."""

        async def gathered() -> list[Answer | SdkError]:
            return await asyncio.gather(*map(self._answered, calls))

        return self._run(gathered())

    def every(self, call: Call) -> list[Json]:
        """All objects of a list."""

        async def paged() -> list[Json]:
            pages = await _method(self._client, f"{call.method}_async")(*call.arguments)
            return [one.to_dict() async for one in pages.auto_paging_iter()]

        return self._run(paged())

    def close(self) -> None:
        """Close the connections and the loop."""
        self._run(self._http.close_async())  # type: ignore[no-untyped-call]  # stripe's
        self._runner.close()

    def _run(self, calls: Coroutine[Any, Any, T]) -> T:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", BODY_AS_TEXT, DeprecationWarning)
            return self._runner.run(calls)

    async def _answered(self, call: Call) -> Answer | SdkError:
        try:
            if call.method == RAW:
                told = await self._client.raw_request_async(*_target(call), **_raw(call))
                return _raw_answer(told)
            method = _method(self._client, f"{call.method}_async")
            return _answer(await method(*call.arguments, _options(call)))
        except stripe.StripeError as error:
            return _told(error)


class NodeSdk:
    """`stripe` from npm, in a process of its own that takes orders line by line."""

    def __init__(self, base_url: str, key: str) -> None:
        self._account = {"base_url": base_url, "key": key}
        self._process = subprocess.Popen(
            ["node", NODE_SCRIPT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"NODE_PATH": str(NODE_PACKAGES)},
            text=True,
        )

    def at_once(self, calls: Sequence[Call]) -> list[Answer | SdkError]:
        """Make the calls in one turn of Node's loop."""
        return [
            SdkError(**told["error"]) if "error" in told else Answer(**told)
            for told in self._order(calls, every=False)
        ]

    def every(self, call: Call) -> list[Json]:
        """All objects of a list."""
        return self._order([call], every=True)

    def close(self) -> None:
        """End the process."""
        self._process.communicate()

    def _order(self, calls: Sequence[Call], *, every: bool) -> list[Json]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        told = [
            {
                "method": _in_node(call.method),
                "arguments": call.arguments,
                "options": _given(idempotencyKey=call.key, apiVersion=call.version),
            }
            for call in calls
        ]
        order = {**self._account, "calls": told, "every": every}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the process has ended; it said why"
        answers: list[Json] = json.loads(line)
        return answers


def node_is_missing() -> str:
    """Why the Node SDK cannot be run here; empty if it can."""
    if shutil.which("node") is None:
        return "there is no Node"
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
    if int(version.stdout.strip().removeprefix("v").partition(".")[0]) < NODE_MAJOR_MIN:
        return f"Node {version.stdout.strip()} is older than {NODE_MAJOR_MIN}"
    return "" if NODE_PACKAGES.exists() else f"npm has not installed {NODE_PACKAGES}"


SDKS: Final[Mapping[str, Callable[[str, str], Sdk]]] = {
    "python": PythonSdk,
    "python-async": AsyncPythonSdk,
    "node": NodeSdk,
}


def _method(client: stripe.StripeClient, path: str) -> Callable[..., Any]:
    found: Any = client.v1
    for name in path.split("."):
        found = getattr(found, name)
    return cast("Callable[..., Any]", found)


def _options(call: Call) -> stripe.RequestOptions:
    given = _given(idempotency_key=call.key, stripe_version=call.version)
    return cast("stripe.RequestOptions", given)


def _target(call: Call) -> tuple[str, str]:
    """The HTTP method and the path of a raw request."""
    method, path, _form = call.arguments
    return cast("str", method), cast("str", path)


def _raw(call: Call) -> Json:
    """The form of a POST, and the options: a raw request of Python's takes them as one."""
    return {**cast("Json", call.arguments[2]), **_options(call)}


def _given(**options: str | None) -> dict[str, str]:
    return {name: option for name, option in options.items() if option is not None}


def _answer(told: stripe.StripeObject) -> Answer:
    assert isinstance(told.last_response, stripe.StripeResponse)
    headers = {name.lower(): value for name, value in told.last_response.headers.items()}
    return Answer(told.to_dict(), headers)


def _raw_answer(told: stripe.StripeResponse) -> Answer:
    headers = {name.lower(): value for name, value in told.headers.items()}
    return Answer(json.loads(told.body), headers)


def _told(error: stripe.StripeError) -> SdkError:
    named = error.error.payment_intent if error.error else None
    return SdkError(
        kind=type(error).__name__,
        status=error.http_status,
        message=error.user_message or str(error),
        code=error.error.code if error.error else None,
        param=getattr(error, "param", None),
        request_id=error.request_id,
        payment_intent=named.id if named else None,
    )


def _in_node(path: str) -> str:
    """The path as the SDK for Node spells it, where `delete` is a word of the language."""
    camel = re.sub(r"_(\w)", lambda found: found[1].upper(), path)
    return re.sub(r"\.delete$", ".del", camel)
