"""Configurations: read from the mirror, written at Stripe, and never with a secret in an answer."""

import httpx2
import pytest

from posd.model.configuration import Origin, ReaderConfiguration, Setting, Standing
from posd.model.mirrored import MASKED
from posd.model.upstream_facts import MirrorKind
from tests.unit.posd.api.fakes import MANAGER, OBSERVER, Bench

CONFIGURATIONS = "/v1/terminal/configurations"
CONFIGURATION = MirrorKind.CONFIGURATION
WIFI = {
    "wifi[type]": "personal_psk",
    "wifi[personal_psk][ssid]": "shop",
    "wifi[personal_psk][password]": "correct horse",
}
WHOLE = {
    **WIFI,
    "name": "Kiosk",
    "bbpos_wisepad3[splashscreen]": "file_1",
    "bbpos_wisepos_e": "",
    "cellular[enabled]": "true",
    "offline[enabled]": "false",
    "reader_security[admin_menu_passcode]": "91827",
    "reboot_window[start_hour]": "2",
    "reboot_window[end_hour]": "4",
    "stripe_s700[splashscreen]": "",
    "tipping[eur][percentages][0]": "5",
    "tipping[eur][percentages][1]": "10",
    "tipping[eur][fixed_amounts][]": "100",
    "tipping[eur][smart_tip_threshold]": "1000",
}
PEAP = "wifi[enterprise_eap_peap]"
TLS = "wifi[enterprise_eap_tls]"


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    for number in (1, 2, 3):
        bench.mirror.tell(CONFIGURATION, f"tmc_{number}", is_account_default=number == 2)
    return bench


def ids(answer: httpx2.Response) -> list[str]:
    return [one["id"] for one in answer.json()["data"]]


async def test_the_list_is_the_mirrors_with_a_filter_and_cursors(bench: Bench) -> None:
    bench.gateway.away = True
    async with bench.client(OBSERVER) as screen:
        first = await screen.get(CONFIGURATIONS, params={"limit": 2})
        rest = await screen.get(CONFIGURATIONS, params={"starting_after": "tmc_2"})
        default = await screen.get(CONFIGURATIONS, params={"is_account_default": "true"})
        others = await screen.get(CONFIGURATIONS, params={"is_account_default": "false"})
    assert (ids(first), first.json()["has_more"]) == (["tmc_3", "tmc_2"], True)
    assert (ids(rest), rest.json()["has_more"]) == (["tmc_1"], False)
    assert (ids(default), ids(others)) == (["tmc_2"], ["tmc_3", "tmc_1"])


async def test_one_is_told_as_stripe_told_it_without_its_secrets(bench: Bench) -> None:
    wifi = {"type": "personal_psk", "personal_psk": {"ssid": "shop", "password": "correct horse"}}
    bench.mirror.tell(CONFIGURATION, "tmc_4", wifi=wifi)
    async with bench.client(OBSERVER) as screen:
        told = (await screen.get(f"{CONFIGURATIONS}/tmc_4")).json()
        missing = await screen.get(f"{CONFIGURATIONS}/tmc_9")
    assert told["wifi"]["personal_psk"] == {"ssid": "shop", "password": MASKED}
    assert (missing.status_code, missing.json()["error"]["param"]) == (404, "configuration")


async def test_every_section_goes_on_to_stripe_as_it_came(bench: Bench) -> None:
    async with bench.client(MANAGER) as office:
        made = await office.post(CONFIGURATIONS, data=WHOLE)
        changed = await office.post(f"{CONFIGURATIONS}/tmc_1", data={"tipping": "", "wifi": ""})
        gone = await office.delete(f"{CONFIGURATIONS}/tmc_3")
    assert made.status_code == 200
    (_, created, whole), (_, updated, unset) = bench.gateway.written
    assert (created, updated) == (None, "tmc_1")
    assert unset == {"tipping": "", "wifi": ""}
    assert whole["tipping"] == {
        "eur": {
            "percentages": ["5", "10"],
            "fixed_amounts": ["100"],
            "smart_tip_threshold": "1000",
        }
    }
    assert whole["wifi"] == {
        "type": "personal_psk",
        "personal_psk": {"ssid": "shop", "password": "correct horse"},
    }
    assert {name: whole[name] for name in ("offline", "bbpos_wisepos_e", "stripe_s700")} == {
        "offline": {"enabled": "false"},
        "bbpos_wisepos_e": "",
        "stripe_s700": {"splashscreen": ""},
    }
    assert "correct horse" not in made.text
    assert "91827" not in made.text
    assert changed.json()["id"] == "tmc_1"
    assert gone.json() == {"id": "tmc_3", "object": "terminal.configuration", "deleted": True}


@pytest.mark.parametrize(
    ("form", "param"),
    [
        (WIFI | {"wifi[personal_psk][password]": MASKED}, "wifi[personal_psk][password]"),
        (
            {
                "wifi[type]": "enterprise_eap_peap",
                f"{PEAP}[ssid]": "shop",
                f"{PEAP}[username]": "till",
                f"{PEAP}[password]": MASKED,
            },
            f"{PEAP}[password]",
        ),
        (
            {
                "wifi[type]": "enterprise_eap_tls",
                f"{TLS}[ssid]": "shop",
                f"{TLS}[client_certificate_file]": "file_1",
                f"{TLS}[private_key_file]": "file_2",
                f"{TLS}[private_key_file_password]": MASKED,
            },
            f"{TLS}[private_key_file_password]",
        ),
        (
            {"reader_security[admin_menu_passcode]": MASKED},
            "reader_security[admin_menu_passcode]",
        ),
    ],
)
@pytest.mark.parametrize("path", [CONFIGURATIONS, f"{CONFIGURATIONS}/tmc_1"])
async def test_the_mask_never_goes_to_stripe_in_place_of_a_secret(
    bench: Bench, path: str, form: dict[str, str], param: str
) -> None:
    async with bench.client(MANAGER) as office:
        answer = await office.post(path, data=form)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
    assert bench.gateway.written == []


@pytest.mark.parametrize(
    ("form", "code", "param"),
    [
        ({"offline[enabled]": "maybe"}, "parameter_invalid", "offline[enabled]"),
        ({"offline[on]": "true"}, "parameter_unknown", "offline[on]"),
        ({"reboot_window[start_hour]": "2"}, "parameter_missing", "reboot_window[end_hour]"),
        (
            {"reboot_window[start_hour]": "2.5", "reboot_window[end_hour]": "4"},
            "parameter_invalid_integer",
            "reboot_window[start_hour]",
        ),
        ({"tipping[euro][percentages][]": "5"}, "parameter_unknown", "tipping[euro]"),
        ({"tipping[eur][tips][]": "5"}, "parameter_unknown", "tipping[eur][tips]"),
        (
            {"tipping[eur][percentages][]": "5%"},
            "parameter_invalid_integer",
            "tipping[eur][percentages][0]",
        ),
        (
            {"tipping[eur][percentages]": "5"},
            "parameter_invalid",
            "tipping[eur][percentages]",
        ),
        ({"wifi[personal_psk][ssid]": "shop"}, "parameter_missing", "wifi[type]"),
        (
            {"wifi[type]": "personal_psk", "wifi[personal_psk][ssid]": "shop"},
            "parameter_missing",
            "wifi[personal_psk][password]",
        ),
        ({"stripe_s700[splash]": "file_1"}, "parameter_unknown", "stripe_s700[splash]"),
        ({"is_account_default": "true"}, "parameter_unknown", "is_account_default"),
    ],
)
async def test_a_wrong_shape_is_refused_before_stripe_is_asked(
    bench: Bench, form: dict[str, str], code: str, param: str
) -> None:
    async with bench.client(MANAGER) as office:
        answer = await office.post(CONFIGURATIONS, data=form)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (400, code, param)
    assert bench.gateway.written == []


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_what_posd_has_not_heard_of_is_neither_changed_nor_deleted(
    bench: Bench, method: str
) -> None:
    async with bench.client(MANAGER) as office:
        answer = await office.request(method, f"{CONFIGURATIONS}/tmc_9")
    assert (answer.status_code, answer.json()["error"]["param"]) == (404, "configuration")
    assert bench.gateway.written == []


async def test_what_is_in_force_at_a_reader_is_told_value_by_value(bench: Bench) -> None:
    bench.configurations.known["tmr_1"] = ReaderConfiguration(
        reader="tmr_1",
        location="tml_1",
        heard_ms=1_795_420_800_000,
        unheard=None,
        settings=(
            Setting("reader", "receipts", "till", Origin.READER, Standing.APPLIED),
            Setting(
                "tipping",
                "eur.percentages",
                [5, 10],
                Origin.LOCATION_OVERRIDE,
                Standing.NOT_SUPPORTED,
                "tmc_1",
                1_795_420_700_000,
            ),
        ),
    )
    async with bench.client(OBSERVER) as screen:
        told = await screen.get("/posd/v1/readers/tmr_1/configuration")
        missing = await screen.get("/posd/v1/readers/tmr_9/configuration")
    assert told.json() == {
        "object": "posd.reader_configuration",
        "reader": "tmr_1",
        "location": "tml_1",
        "mirror_heard_ms": 1_795_420_800_000,
        "configuration_unheard": None,
        "settings": [
            {
                "section": "reader",
                "name": "receipts",
                "value": "till",
                "origin": "reader",
                "configuration": None,
                "since_ms": None,
                "state": "applied",
            },
            {
                "section": "tipping",
                "name": "eur.percentages",
                "value": [5, 10],
                "origin": "location_override",
                "configuration": "tmc_1",
                "since_ms": 1_795_420_700_000,
                "state": "not_supported",
            },
        ],
    }
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "resource_missing")
