"""Every declared difference is there, and nothing else differs with it: the table stays short."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final, TypeAlias

import pytest

from posd.fleet import SIMULATED_SUFFIX
from tests.conformance.fleet import differences, values
from tests.conformance.fleet.differences import DIFFERENCES, Asked, Difference, Exchange, evened
from tests.conformance.fleet.pair import Pair
from tests.conformance.fleet.values import CONFIGURATIONS, LOCATIONS, READERS, TOKENS, Params

DIFFERENCES_MAX: Final = 15
SHOP: Final[Params] = {"display_name": "Corner", "address": values.VIENNA}
ATTACHED: Final = f"zvt+tcp://10.0.0.9:20007{SIMULATED_SUFFIX}"
Story: TypeAlias = Callable[[Pair], Exchange]


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    with closing(Pair(tmp_path)) as pair:
        yield pair


def post(pair: Pair, path: str, params: Params, key: str | None = None) -> Exchange:
    return pair.ask(Asked("POST", path, params, key))


def get(pair: Pair, path: str, **params: str) -> Exchange:
    return pair.ask(Asked("GET", path, params))


def repeated(pair: Pair) -> Exchange:
    made = post(pair, LOCATIONS, SHOP, "cart")
    post(pair, f"{LOCATIONS}/{made.posd.body['id']}", {"phone": "+43 1 234"})
    return post(pair, LOCATIONS, SHOP, "cart")


def repaired(pair: Pair) -> Exchange:
    post(pair, f"{LOCATIONS}/tml_nope", {"phone": "+43 1 234"}, "cart")
    return post(pair, LOCATIONS, SHOP, "cart")


def registered(pair: Pair) -> Exchange:
    return post(pair, READERS, {"registration_code": "simulated-wpe", "location": pair.home})


def attached(pair: Pair) -> Exchange:
    post(pair, READERS, {"registration_code": ATTACHED})
    return get(pair, READERS)


def rationed(pair: Pair) -> Exchange:
    return [post(pair, TOKENS, {"location": pair.home}) for _ in range(6)][-1]


def secret(pair: Pair) -> Exchange:
    wifi: Params = {"type": "personal_psk", "personal_psk": values.PSK}
    return post(pair, CONFIGURATIONS, {"wifi": wifi})


def fresh_token(pair: Pair) -> Exchange:
    post(pair, TOKENS, {"location": pair.home}, "cart")
    return post(pair, TOKENS, {"location": pair.home}, "cart")


STORIES: Final[Mapping[str, Story]] = {
    "_param": lambda pair: get(pair, f"{LOCATIONS}/tml_nope"),
    "_message": lambda pair: get(pair, f"{READERS}/tmr_nope"),
    "_code": lambda pair: post(pair, LOCATIONS, {**SHOP, "metadata": "text"}),
    "_headers": lambda pair: get(pair, LOCATIONS),
    "_passing": registered,
    "_replay": repeated,
    "_key": repaired,
    "_token_scope": lambda pair: post(pair, TOKENS, {}),
    "_fresh_token": fresh_token,
    "_ration": rationed,
    "_filter": lambda pair: get(pair, READERS, device_type="toaster"),
    "_attached": attached,
    "_secrets": secret,
    "_order": lambda pair: post(pair, differences.ORDERS, values.ORDER),
    "_account": lambda pair: pair.ask(Asked("GET", LOCATIONS, {}, account="acct_other")),
}
"""A story in which it shows, by the name of what takes it away."""


def test_there_are_few() -> None:
    assert len(DIFFERENCES) <= DIFFERENCES_MAX


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda one: one.taken_away.__name__)
def test_each_is_there_and_nothing_else_differs(pair: Pair, difference: Difference) -> None:
    exchange = STORIES[difference.taken_away.__name__](pair)
    assert evened(exchange).posd == evened(exchange).stripe
    others = tuple(other for other in DIFFERENCES if other is not difference)
    assert not evened(exchange, others).agree(), "the difference is gone: shorten the table"


def test_what_stripe_refused_needs_another_key_at_both(pair: Pair) -> None:
    shop: Params = {"registration_code": "sepia-cerulean-aqua", "location": pair.home}
    assert post(pair, READERS, shop, "cart").posd.status == 400
    exchange = post(pair, READERS, {**shop, "registration_code": "simulated-wpe"}, "cart")
    for told in (exchange.posd, exchange.stripe):
        assert (told.status, told.error["type"]) == (400, "idempotency_error")


def test_a_wrong_answer_is_no_declared_difference(pair: Pair) -> None:
    told = post(pair, LOCATIONS, SHOP)
    other = {**told.posd.body, "display_name": "Another"}
    wrong = differences.Told(200, other, told.posd.headers)
    assert not evened(Exchange(told.asked, wrong, told.stripe)).agree()
