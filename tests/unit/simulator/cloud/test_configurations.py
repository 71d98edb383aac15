"""Configurations: sections, the one default, overrides, and what is in use."""

from typing import Any

import pytest

from posd.stripe_wire.form import Value
from posd_simulator.cloud.rules.configurations import Configuration, Effective, effective
from tests.unit.simulator.cloud.stage import CONFIGURATIONS, LOCATIONS, Stage, stage, told

PSK: dict[str, Value] = {"type": "personal_psk", "personal_psk": {"ssid": "shop", "password": "x"}}
PEAP = {"ssid": "shop", "username": "till", "password": "x"}
TLS = {"ssid": "shop", "client_certificate_file": "file_c", "private_key_file": "file_k"}

SECTIONS: list[tuple[dict[str, Value], dict[str, Any]]] = [
    # asked, shown
    ({"offline": {"enabled": True}}, {"offline": {"enabled": True}}),
    ({"cellular": {"enabled": False}}, {"cellular": {"enabled": False}}),
    (
        {"reboot_window": {"start_hour": 22, "end_hour": 5}},
        {"reboot_window": {"start_hour": 22, "end_hour": 5}},
    ),
    (
        {"reader_security": {"admin_menu_passcode": "1234"}},
        {"reader_security": {"admin_menu_passcode": "1234"}},
    ),
    (
        {"stripe_s700": {"splashscreen": "file_1"}},
        {"stripe_s700": {"splashscreen": "file_1"}},
    ),
    ({"wifi": PSK}, {"wifi": PSK}),
    (
        {"wifi": {"type": "enterprise_eap_peap", "enterprise_eap_peap": PEAP}},
        {"wifi": {"type": "enterprise_eap_peap", "enterprise_eap_peap": PEAP}},
    ),
    (
        {"wifi": {"type": "enterprise_eap_tls", "enterprise_eap_tls": TLS}},
        {"wifi": {"type": "enterprise_eap_tls", "enterprise_eap_tls": TLS}},
    ),
    (
        {
            "tipping": {
                "eur": {"percentages": [5, 10, 15], "smart_tip_threshold": 1000},
                "chf": {"percentages": [5, 10, 20], "smart_tip_threshold": 900},
            }
        },
        {
            "tipping": {
                "eur": {
                    "fixed_amounts": None,
                    "percentages": [5, 10, 15],
                    "smart_tip_threshold": 1000,
                },
                "chf": {
                    "fixed_amounts": None,
                    "percentages": [5, 10, 20],
                    "smart_tip_threshold": 900,
                },
            }
        },
    ),
]

WRONG: list[tuple[dict[str, Value], str | None, str]] = [
    ({"offline": {"disabled": True}}, "parameter_unknown", "offline[disabled]"),
    ({"offline": {"enabled": "yes"}}, None, "offline[enabled]"),
    ({"cellular": {"x": "1"}}, "parameter_unknown", "cellular[x]"),
    ({"reboot_window": {"start_hour": 1}}, "parameter_missing", "reboot_window[end_hour]"),
    (
        {"reboot_window": {"start_hour": 24, "end_hour": 1}},
        "parameter_invalid_integer",
        "reboot_window[start_hour]",
    ),
    ({"reboot_window": {"start_hour": 3, "end_hour": 3}}, None, "reboot_window[end_hour]"),
    ({"tipping": {"xxx": {"percentages": [1]}}}, "parameter_unknown", "tipping[xxx]"),
    ({"tipping": {"eur": {"percentages": [1, 2, 3, 4]}}}, None, "tipping[eur][percentages]"),
    (
        {"tipping": {"eur": {"percentages": [101]}}},
        "parameter_invalid_integer",
        "tipping[eur][percentages][0]",
    ),
    ({"tipping": {"eur": {"fixed_amounts": "1"}}}, None, "tipping[eur][fixed_amounts]"),
    (
        {"tipping": {"eur": {"percentages": [5]}, "chf": {"fixed_amounts": [5]}}},
        None,
        "tipping",
    ),
    ({"wifi": {"type": "open"}}, None, "wifi[type]"),
    ({"wifi": {"type": "personal_psk"}}, "parameter_missing", "wifi[personal_psk]"),
    (
        {"wifi": {"type": "personal_psk", "personal_psk": {"ssid": "x"}}},
        "parameter_missing",
        "wifi[personal_psk][password]",
    ),
    ({"wifi": {**PSK, "enterprise_eap_peap": PEAP}}, None, "wifi[enterprise_eap_peap]"),
    ({"stripe_s700": {"splashscreen": "logo"}}, "resource_missing", "stripe_s700[splashscreen]"),
    ({"verifone_P400": {"splashscreen": "file_1"}}, "parameter_unknown", "verifone_P400"),
    ({"name": "x" * 101}, None, "name"),
]


async def created(on: Stage, **params: Value) -> dict[str, Any]:
    answer = await on.till.post(CONFIGURATIONS, params)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def listed(on: Stage, query: str = "") -> list[dict[str, Any]]:
    answer = await on.till.get(f"{CONFIGURATIONS}{query}")
    objects: list[dict[str, Any]] = answer.json()["data"]
    return objects


@pytest.mark.parametrize(("asked", "shown"), SECTIONS)
async def test_a_section_is_shown_as_given_and_unset_by_an_empty_text(
    asked: dict[str, Value], shown: dict[str, Any]
) -> None:
    async with stage() as on:
        made = await created(on, name="Shop", **asked)
        plain = {
            "id": made["id"],
            "object": "terminal.configuration",
            "is_account_default": False,
            "livemode": False,
            "name": "Shop",
        }
        assert made == {**plain, **shown}
        path = f"{CONFIGURATIONS}/{made['id']}"
        assert (await on.till.get(path)).json() == made
        cleared = await on.till.post(path, dict.fromkeys(asked, ""))
        assert cleared.json() == plain


@pytest.mark.parametrize(("asked", "code", "param"), WRONG)
async def test_what_is_wrong_is_named(
    asked: dict[str, Value], code: str | None, param: str
) -> None:
    async with stage() as on:
        answer = await on.till.post(CONFIGURATIONS, asked)
        assert told(answer)[2:] == (code, param)
        assert len(await listed(on)) == 1


async def test_a_passcode_is_unset_and_a_certificate_is_shown() -> None:
    async with stage() as on:
        peap = {**PEAP, "ca_certificate_file": "file_ca"}
        wifi: Value = {"type": "enterprise_eap_peap", "enterprise_eap_peap": peap}
        made = await created(on, wifi=wifi, reader_security={"admin_menu_passcode": ""})
        assert made["wifi"] == wifi
        assert "reader_security" not in made


async def test_a_splash_screen_is_unset_by_an_empty_text() -> None:
    async with stage() as on:
        made = await created(on, stripe_s700={"splashscreen": "file_1"})
        path = f"{CONFIGURATIONS}/{made['id']}"
        cleared = await on.till.post(path, {"stripe_s700": {"splashscreen": ""}})
        assert "stripe_s700" not in cleared.json()


async def test_an_update_leaves_the_other_sections() -> None:
    async with stage() as on:
        made = await created(on, name="Shop", offline={"enabled": True}, wifi=PSK)
        path = f"{CONFIGURATIONS}/{made['id']}"
        changed = (await on.till.post(path, {"offline": {"enabled": False}})).json()
        assert changed == {**made, "offline": {"enabled": False}}
        renamed = (await on.till.post(path, {"name": "Kiosk"})).json()
        assert renamed == {**changed, "name": "Kiosk"}


async def test_an_account_has_exactly_one_default_and_keeps_it() -> None:
    async with stage() as on:
        other = await created(on, name="Shop")
        (default,) = await listed(on, "?is_account_default=true")
        assert (default["is_account_default"], default["name"]) == (True, None)
        assert await listed(on, "?is_account_default=false") == [other]
        assert await listed(on) == [other, default]
        path = f"{CONFIGURATIONS}/{default['id']}"
        changed = (await on.till.post(path, {"offline": {"enabled": True}})).json()
        assert changed == {**default, "offline": {"enabled": True}}
        assert told(await on.till.delete(path))[:2] == (400, "invalid_request_error")
        stranger = await on.till.holding("sk_test_stranger").get(CONFIGURATIONS)
        assert [each["id"] for each in stranger.json()["data"]] != [default["id"]]


async def test_a_location_overrides_with_what_exists() -> None:
    async with stage() as on:
        lost = await on.till.post(
            LOCATIONS,
            {
                "display_name": "Shop",
                "address": {"country": "FR", "line1": "x", "city": "Lyon", "postal_code": "1"},
                "configuration_overrides": "tmc_0",
            },
        )
        assert told(lost) == (
            404,
            "invalid_request_error",
            "resource_missing",
            "configuration_overrides",
        )
        made = await created(on)
        location = await on.till.located(configuration_overrides=made["id"])
        assert location["configuration_overrides"] == made["id"]
        path = f"{LOCATIONS}/{location['id']}"
        told_again = await on.till.post(path, {"configuration_overrides": "tmc_0"})
        assert told(told_again)[3] == "configuration_overrides"
        cleared = await on.till.post(path, {"configuration_overrides": ""})
        assert "configuration_overrides" not in cleared.json()


async def test_a_configuration_in_use_stays_and_another_becomes_a_stub() -> None:
    async with stage() as on:
        made = await created(on)
        path = f"{CONFIGURATIONS}/{made['id']}"
        location = await on.till.located(configuration_overrides=made["id"])
        assert told(await on.till.delete(path))[:2] == (400, "invalid_request_error")
        await on.till.post(f"{LOCATIONS}/{location['id']}", {"configuration_overrides": ""})
        stub = {"id": made["id"], "object": "terminal.configuration", "deleted": True}
        assert (await on.till.delete(path)).json() == stub
        assert (await on.till.get(path)).json() == stub
        assert (await on.till.post(path, {"name": "x"})).json() == stub
        assert told(await on.till.delete(path))[0] == 404
        assert told(await on.till.get(f"{CONFIGURATIONS}/tmc_0"))[0] == 404
        assert len(await listed(on)) == 1


def test_a_location_s_sections_come_first_and_the_default_s_fill_the_rest() -> None:
    default = Configuration(
        "tmc_default",
        sections={"offline": {"enabled": False}, "cellular": {"enabled": True}},
    )
    shop = Configuration("tmc_shop", sections={"offline": {"enabled": True}})
    assert effective(default, shop) == {
        "offline": Effective({"enabled": True}, "tmc_shop"),
        "cellular": Effective({"enabled": True}, "tmc_default"),
    }
    assert effective(default, None)["offline"].origin == "tmc_default"
