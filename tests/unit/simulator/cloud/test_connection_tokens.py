"""Connection tokens: for one place, for one use, for a while."""

from posd_simulator.cloud.rules.connection_tokens import TOKEN_TTL_S
from tests.unit.simulator.cloud.stage import KEY, Clock, Stage, stage, told

TOKENS = "/v1/terminal/connection_tokens"
ACTIVATE = f"{TOKENS}/activate"


async def secret(on: Stage) -> str:
    answer = await on.till.post(TOKENS)
    return str(answer.json()["secret"])


async def test_its_location_must_exist() -> None:
    async with stage() as on:
        unknown = await on.till.post(TOKENS, {"location": "tml_0"})
        assert told(unknown) == (404, "invalid_request_error", "resource_missing", "location")
        gone = (await on.till.located())["id"]
        await on.till.delete(f"/v1/terminal/locations/{gone}")
        assert told(await on.till.post(TOKENS, {"location": gone}))[2] == "resource_missing"
        assert (await on.till.state())["accounts"][0]["connection_tokens"] == 0


async def test_a_location_of_another_account_is_none() -> None:
    async with stage() as on:
        here = (await on.till.located())["id"]
        stranger = on.till.holding("sk_test_stranger")
        assert told(await stranger.post(TOKENS, {"location": here}))[2] == "resource_missing"


async def test_a_token_opens_one_session() -> None:
    async with stage() as on:
        sdk = on.till.holding(await secret(on))
        first = await sdk.post(ACTIVATE, {"pos_device_info": {"device_class": "POS"}})
        assert (first.status_code, first.json()["session"][:9]) == (200, "pss_test_")
        second = await sdk.post(ACTIVATE)
        assert told(second) == (400, "invalid_request_error", None, None)
        assert "has already been redeemed" in second.json()["error"]["message"]


async def test_a_token_expires_unredeemed() -> None:
    clock = Clock()
    async with stage(clock) as on:
        old, young = await secret(on), await secret(on)
        clock.now_ms += TOKEN_TTL_S * 1000 - 1
        assert (await on.till.holding(young).post(ACTIVATE)).status_code == 200
        clock.now_ms += 1
        late = await on.till.holding(old).post(ACTIVATE)
        assert told(late) == (400, "invalid_request_error", None, None)
        assert "has expired" in late.json()["error"]["message"]


async def test_a_token_opens_nothing_but_its_session_and_a_key_none() -> None:
    async with stage() as on:
        token = on.till.holding(await secret(on))
        assert told(await token.get("/v1/account"))[0] == 401
        assert told(await on.till.holding(KEY).post(ACTIVATE))[0] == 401
        assert told(await on.till.holding("pst_test_0").post(ACTIVATE))[0] == 401
