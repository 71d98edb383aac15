"""Bad parameters: refused by name, with Stripe's codes, before anything is done."""

import pytest

from tests.unit.posd.api.fakes import MANAGER, Bench

INTENTS = "/v1/payment_intents"
READERS = "/v1/terminal/readers"
ALLOWED = "allowed_payment_method_types"
INVALID = "parameter_invalid"
GOOD = "amount=1250&currency=eur"

POSTS = [
    # path, body, code, param
    (INTENTS, "", "parameter_missing", "amount"),
    (INTENTS, "amount=1250", "parameter_missing", "currency"),
    (INTENTS, "amount=12.50&currency=eur", "parameter_invalid_integer", "amount"),
    (INTENTS, "amount=1e3&currency=eur", "parameter_invalid_integer", "amount"),
    (INTENTS, "amount=&currency=eur", "parameter_invalid_empty", "amount"),
    (INTENTS, "amount=0&currency=eur", "parameter_invalid_integer", "amount"),
    (INTENTS, "amount=-1250&currency=eur", "parameter_invalid_integer", "amount"),
    (INTENTS, "amount=%D9%A1%D9%A2&currency=eur", "parameter_invalid_integer", "amount"),
    (INTENTS, "amount=100000000&currency=eur", "amount_too_large", "amount"),
    (INTENTS, "amount[0]=1250&currency=eur", "parameter_invalid_integer", "amount"),
    (INTENTS, "amount=1250&currency=euro", INVALID, "currency"),
    (INTENTS, "amount=1250&amount=1350&currency=eur", INVALID, "amount"),
    (INTENTS, GOOD + "&amont=1", "parameter_unknown", "amont"),
    (INTENTS, GOOD + "&confirm=true", "parameter_unknown", "confirm"),
    (INTENTS, GOOD + "&capture_method=later", INVALID, "capture_method"),
    (INTENTS, GOOD + "&payment_method_types[]=card", INVALID, "payment_method_types[0]"),
    (INTENTS, GOOD + "&allowed_payment_method_types[0]=card", INVALID, ALLOWED + "[0]"),
    (INTENTS, GOOD + "&payment_method_types=card_present", INVALID, "payment_method_types"),
    (INTENTS, GOOD + "&metadata[a][b]=c", INVALID, "metadata[a]"),
    (INTENTS, GOOD + "&metadata=x", INVALID, "metadata"),
    (INTENTS, GOOD + "&metadata[" + "k" * 41 + "]=v", INVALID, "metadata"),
    (INTENTS, GOOD + "&description=" + "x" * 5001, INVALID, "description"),
    (INTENTS, GOOD + "&description=%FF", INVALID, "description"),
    (INTENTS, GOOD + "&expand[]=customer", INVALID, "expand[0]"),
    (INTENTS, GOOD + "&expand=latest_charge", INVALID, "expand"),
    (INTENTS, GOOD + "&a[b=c", INVALID, "a[b"),
    (READERS, "", "parameter_missing", "registration_code"),
    (READERS, "registration_code=" + "x" * 501, INVALID, "registration_code"),
    (READERS, "registration_code=x&device_type=posd_zvt", "parameter_unknown", "device_type"),
    (READERS + "/tmr_1/process_payment_intent", "", "parameter_missing", "payment_intent"),
    (
        READERS + "/tmr_1/process_payment_intent",
        "payment_intent=pi_1&process_config[skip_tipping]=true",
        "parameter_unknown",
        "process_config",
    ),
]
GETS = [
    (INTENTS, "limit=0", "parameter_invalid_integer", "limit"),
    (INTENTS, "limit=101", "parameter_invalid_integer", "limit"),
    (INTENTS, "limit=ten", "parameter_invalid_integer", "limit"),
    (INTENTS, "starting_after=a&ending_before=b", "parameters_exclusive", "starting_after"),
    (INTENTS, "created[since]=1", "parameter_unknown", "created[since]"),
    (INTENTS, "customer=cus_1", "parameter_unknown", "customer"),
    (INTENTS, "page=2", "parameter_unknown", "page"),
    (INTENTS, "expand[]=latest_charge", INVALID, "expand[0]"),
    (INTENTS + "/pi_1", "limit=1", "parameter_unknown", "limit"),
    ("/posd/v1/status", "expand[]=readers", "parameter_unknown", "expand"),
]


@pytest.mark.parametrize(("path", "body", "code", "param"), POSTS)
async def test_bad_posts(path: str, body: str, code: str, param: str) -> None:
    bench = Bench()
    async with bench.client(MANAGER) as caller:
        answer = await caller.post(
            path, content=body, headers={"Content-Type": "application/x-www-form-urlencoded"}
        )
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["type"], error["code"], error["param"]) == (
        "invalid_request_error",
        code,
        param,
    )
    assert bench.store.commits == 0


@pytest.mark.parametrize(("path", "query", "code", "param"), GETS)
async def test_bad_queries(path: str, query: str, code: str, param: str) -> None:
    async with Bench().client(MANAGER) as caller:
        answer = await caller.get(f"{path}?{query}")
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["code"], error["param"]) == (code, param)


async def test_a_query_of_a_post_counts_and_contradicts() -> None:
    bench = Bench()
    async with bench.client() as till:
        assert (await till.post(f"{INTENTS}?currency=eur", data={"amount": "1"})).status_code == 200
        twice = await till.post(f"{INTENTS}?amount=2", data={"amount": "1", "currency": "eur"})
    assert twice.status_code == 400
    assert bench.store.commits == 1


@pytest.mark.parametrize("size", [65_537, 200_000])
async def test_a_body_beyond_the_limit(size: int) -> None:
    bench = Bench()
    async with bench.client() as till:
        answer = await till.post(
            INTENTS,
            content=b"description=" + b"x" * size,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
    assert answer.status_code == 413
    assert bench.store.commits == 0


async def test_empty_text_is_null_as_some_sdks_send_it() -> None:
    async with Bench().client() as till:
        asked = {"amount": "1", "currency": "eur", "description": "", "metadata": ""}
        told = (await till.post(INTENTS, data=asked)).json()
    assert (told["description"], told["metadata"]) == (None, {})
