"""posd does what the OpenAPI document that it serves says: schemathesis asks every operation.

A real posd with a terminal, over a socket, with a manager's key. Each operation gets the same
requests in every run, and of each answer the status, the content type and the schema are held to
the document; none may be a server's error.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from functools import cache
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from posd.api.openapi.document import IN_PATH, document
from posd_simulator.terminal.settings import Wire
from tests.crash.child import Nursery
from tests.crash.store import MANAGER_KEY, READER, Store

if TYPE_CHECKING:
    from schemathesis import Case
    from schemathesis.schemas import BaseSchema

EXAMPLES = 12
EXAMPLES_OF_WHAT_IS_THERE = 4
SLOW = ("look", "wait")
"""Parameters that make posd take its time: it asks what is plugged in, or waits for news."""
ENDLESS = "/posd/v1/events"
ASKED = [
    (method, path)
    for path, operations in document()["paths"].items()
    for method in operations
    if path != ENDLESS
]
KNOWN: Mapping[str, Callable[[Store], str]] = {
    "reader": lambda _shop: READER,
    "intent": lambda shop: shop.create(100),
    "period": lambda _shop: "2026-11",
}
MANAGER = {"Authorization": f"Bearer {MANAGER_KEY}"}


@pytest.fixture(scope="module")
def asked_shop(tmp_path_factory: pytest.TempPathFactory, nursery: Nursery) -> Iterator[Store]:
    """A store of its own: what is asked of it closes days and registers readers."""
    with closing(Store(tmp_path_factory.mktemp("openapi") / "store", nursery, wire=Wire.TCP)) as it:
        it.open()
        it.pay(100)
        yield it


def names(path: str) -> set[str]:
    return set(IN_PATH.findall(path))


@cache
def schema() -> "BaseSchema":
    """The document, as schemathesis reads it; imported late, since that takes its time."""
    import schemathesis

    return schemathesis.openapi.from_dict(document())


def asks(case: "Case[Any]", shop: Store) -> None:
    """One request, and whether the answer is one that the document knows.

    What can be read and cannot be done is a 400 as well, as at Stripe: a valid request need not be
    accepted. Who comes with wrong keys in a row is told that they are too many; what a wrong key
    opens, the request matrix asks.
    """
    from schemathesis.checks import ignored_auth, positive_data_acceptance

    case.query = {name: value for name, value in (case.query or {}).items() if name not in SLOW}
    case.call_and_validate(
        base_url=f"http://127.0.0.1:{shop.port}",
        headers=MANAGER,
        excluded_checks=[positive_data_acceptance, ignored_auth],
    )


def same_each_run(examples: int) -> Callable[[Any], Any]:
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("method", "path"), ASKED)
def test_every_operation_answers_as_its_document_says(
    asked_shop: Store, method: str, path: str
) -> None:
    @same_each_run(EXAMPLES)
    @given(case=schema()[path][method].as_strategy())
    def ask(case: "Case[Any]") -> None:
        asks(case, asked_shop)

    ask()


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("method", "path"), [row for row in ASKED if set(KNOWN) & names(row[1])])
def test_what_is_there_is_told_as_the_document_says(
    asked_shop: Store, method: str, path: str
) -> None:
    there = {name: KNOWN[name](asked_shop) for name in names(path) & set(KNOWN)}

    @same_each_run(EXAMPLES_OF_WHAT_IS_THERE)
    @given(case=schema()[path][method].as_strategy())
    def ask(case: "Case[Any]") -> None:
        case.path_parameters = {**case.path_parameters, **there}
        asks(case, asked_shop)

    ask()


def test_what_is_served_is_the_document(asked_shop: Store) -> None:
    answer = httpx2.get(
        f"http://127.0.0.1:{asked_shop.port}/posd/v1/openapi.json", headers=MANAGER
    ).raise_for_status()
    assert answer.json() == json.loads(json.dumps(document()))
