"""Which value holds at a reader, whose it is, and what may be said of how it stands there."""

from collections.abc import Mapping
from typing import Any

import pytest

from posd.model.configuration import (
    AttachedReader,
    CloudReader,
    ConfiguredReader,
    Origin,
    OwnSetting,
    Setting,
    Sources,
    Standing,
    effective,
    offline_forbidden_by,
    reboot_window,
    sources,
)
from posd.model.mirrored import Mirrored
from posd.model.reboot_window import RebootWindow
from posd.model.upstream_facts import MirrorKind

NOW_MS = 1_795_420_800_000
MINUTE_MS = 60_000
LONG_AGO_MS = NOW_MS - 60 * MINUTE_MS
ATTACHED = AttachedReader("eur")
S700 = CloudReader("stripe_s700")


def mirrored(kind: MirrorKind, id_: str, changed_ms: int, body: Mapping[str, Any]) -> Mirrored:
    return Mirrored(id_, kind, {"id": id_, "object": kind.value, **body}, LONG_AGO_MS, changed_ms)


def default(changed_ms: int = LONG_AGO_MS, **sections: Any) -> Mirrored:
    body = {"is_account_default": True, "livemode": False, "name": None, **sections}
    return mirrored(MirrorKind.CONFIGURATION, "tmc_default", changed_ms, body)


def special(changed_ms: int = LONG_AGO_MS, **sections: Any) -> Mirrored:
    body = {"is_account_default": False, "livemode": False, "name": "Kiosk", **sections}
    return mirrored(MirrorKind.CONFIGURATION, "tmc_kiosk", changed_ms, body)


def kiosk(overrides: object = "tmc_kiosk", changed_ms: int = LONG_AGO_MS) -> Mirrored:
    body = {"configuration_overrides": overrides}
    return mirrored(MirrorKind.LOCATION, "tml_kiosk", changed_ms, body)


def values(found: Sources, reader: ConfiguredReader) -> dict[str, Setting]:
    return {f"{one.section}.{one.name}": one for one in effective(found, reader, NOW_MS)}


def standings(found: Sources, reader: ConfiguredReader) -> dict[str, Standing]:
    return {name: one.standing for name, one in values(found, reader).items()}


def test_a_section_of_the_location_is_taken_whole_and_every_other_from_the_account() -> None:
    found = sources(
        [
            special(NOW_MS, tipping={"usd": {"percentages": [20]}}),
            default(
                cellular={"enabled": True},
                tipping={"eur": {"percentages": [5, 10], "fixed_amounts": None}},
            ),
        ],
        kiosk(),
    )
    told = values(found, S700)
    assert list(told) == ["cellular.enabled", "tipping.usd.percentages"]
    tip, cell = told["tipping.usd.percentages"], told["cellular.enabled"]
    assert (tip.value, tip.origin) == ([20], Origin.LOCATION_OVERRIDE)
    assert (tip.configuration, tip.since_ms) == ("tmc_kiosk", NOW_MS)
    assert (cell.value, cell.origin) == (True, Origin.ACCOUNT_DEFAULT)
    assert (cell.configuration, cell.since_ms) == ("tmc_default", LONG_AGO_MS)


@pytest.mark.parametrize("nothing", [{"enabled": None}, {}, None, "a_section_of_next_year"])
def test_what_is_not_set_at_the_location_is_the_accounts(nothing: object) -> None:
    found = sources([special(offline=nothing), default(offline={"enabled": False})], kiosk())
    assert values(found, S700)["offline.enabled"].configuration == "tmc_default"
    assert offline_forbidden_by(found) == "tmc_default"


def test_nested_values_have_names_with_dots_and_files_are_ids() -> None:
    wifi = {
        "type": "personal_psk",
        "personal_psk": {"ssid": "shop", "password": "********"},
    }
    found = sources([default(wifi=wifi, stripe_s700={"splashscreen": "file_1"})], None)
    assert {name: one.value for name, one in values(found, S700).items()} == {
        "stripe_s700.splashscreen": "file_1",
        "wifi.personal_psk.password": "********",
        "wifi.personal_psk.ssid": "shop",
        "wifi.type": "personal_psk",
    }


def test_an_attached_reader_goes_on_without_stripe_until_somebody_says_otherwise() -> None:
    unsaid = values(Sources(), ATTACHED)
    assert list(unsaid) == ["offline.enabled"]
    (alone,) = unsaid.values()
    assert (alone.value, alone.origin) == (True, Origin.POSD_DEFAULT)
    assert (alone.configuration, alone.since_ms) == (None, None)
    assert alone.standing is Standing.APPLIED
    said = values(sources([default(offline={"enabled": False})], None), ATTACHED)
    assert said["offline.enabled"].value is False
    assert said["offline.enabled"].origin is Origin.ACCOUNT_DEFAULT
    assert said["offline.enabled"].standing is Standing.APPLIED


def test_of_a_reader_of_stripes_posd_has_no_defaults() -> None:
    assert effective(Sources(), S700, NOW_MS) == ()


@pytest.mark.parametrize(
    ("configurations", "location", "named"),
    [
        ([], None, None),
        ([default()], None, None),
        ([default(offline={"enabled": True})], None, None),
        ([default(offline={"enabled": False})], None, "tmc_default"),
        ([default(offline={"enabled": False})], kiosk(), "tmc_default"),
        ([default(offline={"enabled": False}), special()], kiosk(), "tmc_default"),
        (
            [default(offline={"enabled": False}), special(offline={"enabled": True})],
            kiosk(),
            None,
        ),
        ([default(), special(offline={"enabled": False})], kiosk(), "tmc_kiosk"),
        ([default(), special(offline={"enabled": False})], kiosk(overrides=None), None),
        ([default(offline={"a_field_of_next_year": False})], None, None),
    ],
)
def test_only_an_explicit_no_forbids_sales_without_stripe(
    configurations: list[Mirrored], location: Mirrored | None, named: str | None
) -> None:
    assert offline_forbidden_by(sources(configurations, location)) == named


@pytest.mark.parametrize(
    ("section", "window"),
    [
        ({"start_hour": 2, "end_hour": 4}, RebootWindow(2, 4)),
        ({"start_hour": 23, "end_hour": 0}, RebootWindow(23, 0)),
        ({"start_hour": 4, "end_hour": 4}, None),
        ({"start_hour": 2, "end_hour": 24}, None),
        ({"start_hour": -1, "end_hour": 4}, None),
        ({"start_hour": "2", "end_hour": 4}, None),
        ({"start_hour": 2}, None),
        (None, None),
    ],
)
def test_hours_that_are_none_are_no_window(
    section: dict[str, object] | None, window: RebootWindow | None
) -> None:
    assert reboot_window(sources([default(reboot_window=section)], None)) == window


def test_a_configuration_that_posd_has_not_heard_of_is_said_to_be_missing() -> None:
    assert sources([default()], kiosk()).unheard == "tmc_kiosk"
    assert sources([default(), special()], kiosk()).unheard is None
    assert sources([default()], kiosk(overrides={"id": "tmc_kiosk"})).unheard is None
    assert sources([default()], kiosk(overrides=None)).unheard is None


@pytest.mark.parametrize(
    ("changed_ms", "standing"),
    [
        (NOW_MS + MINUTE_MS, Standing.ASKED),  # the clock was set back
        (NOW_MS, Standing.ASKED),
        (NOW_MS - 10 * MINUTE_MS + 1, Standing.ASKED),
        (NOW_MS - 10 * MINUTE_MS, Standing.PRESUMED_APPLIED),
    ],
)
@pytest.mark.parametrize("changed", ["account_default", "override", "location", "reader"])
def test_stripe_has_ten_minutes_from_the_last_change_that_concerns_the_reader(
    changed: str, changed_ms: int, standing: Standing
) -> None:
    at = dict.fromkeys(("account_default", "override", "location", "reader"), LONG_AGO_MS)
    at[changed] = changed_ms
    reader = mirrored(MirrorKind.READER, "tmr_1", at["reader"], {"device_type": "stripe_s700"})
    found = sources(
        [default(at["account_default"], offline={"enabled": False}), special(at["override"])],
        kiosk(changed_ms=at["location"]),
        reader,
    )
    assert standings(found, S700) == {"offline.enabled": standing}


def test_what_a_zvt_terminal_has_no_setting_for_is_not_supported() -> None:
    found = sources(
        [
            default(
                cellular={"enabled": True},
                offline={"enabled": False},
                reader_security={"admin_menu_passcode": "********"},
                reboot_window={"start_hour": 2, "end_hour": 4},
                stripe_s700={"splashscreen": "file_1"},
                tipping={"eur": {"percentages": [5]}, "usd": {"percentages": [5]}},
                wifi={"type": "personal_psk"},
                a_section_of_next_year={"enabled": True},
            )
        ],
        None,
    )
    assert standings(found, ATTACHED) == {
        "a_section_of_next_year.enabled": Standing.NOT_SUPPORTED,
        "cellular.enabled": Standing.NOT_SUPPORTED,
        "offline.enabled": Standing.APPLIED,
        "reader_security.admin_menu_passcode": Standing.NOT_SUPPORTED,
        "reboot_window.end_hour": Standing.APPLIED,
        "reboot_window.start_hour": Standing.APPLIED,
        "stripe_s700.splashscreen": Standing.NOT_SUPPORTED,
        "tipping.eur.percentages": Standing.NOT_SUPPORTED,
        "tipping.usd.percentages": Standing.NOT_APPLICABLE,
        "wifi.type": Standing.NOT_SUPPORTED,
    }


@pytest.mark.parametrize(
    ("device_type", "meant"),
    [
        ("stripe_s700", {"stripe_s700", "wifi"}),
        ("simulated_stripe_s700", {"stripe_s700", "wifi"}),
        ("stripe_s710", {"cellular", "wifi"}),
        ("simulated_stripe_s710", {"cellular", "wifi"}),
        ("simulated_wisepos_e", {"bbpos_wisepos_e", "wifi"}),
        ("verifone_P400", {"verifone_p400", "wifi"}),
        ("bbpos_wisepad3", {"bbpos_wisepad3"}),
        ("stripe_m2", set()),
        ("a_reader_of_next_year", {"wifi"}),
    ],
)
def test_a_section_for_another_model_does_not_apply(device_type: str, meant: set[str]) -> None:
    splash = {"splashscreen": "file_1"}
    found = sources(
        [
            default(
                bbpos_wisepad3=splash,
                bbpos_wisepos_e=splash,
                cellular={"enabled": True},
                stripe_s700=splash,
                verifone_p400=splash,
                wifi={"type": "personal_psk"},
            )
        ],
        None,
    )
    told = standings(found, CloudReader(device_type))
    fitting = {name for name, one in told.items() if one is not Standing.NOT_APPLICABLE}
    assert {name.partition(".")[0] for name in fitting} == meant


def test_what_the_file_says_of_a_reader_is_told_apart_from_what_posd_does_of_itself() -> None:
    own = (
        OwnSetting("currency", "eur", declared=True),
        OwnSetting("receipts", "terminal", declared=False),
    )
    told = values(Sources(), AttachedReader("eur", own))
    assert list(told) == ["offline.enabled", "reader.currency", "reader.receipts"]
    currency, receipts = told["reader.currency"], told["reader.receipts"]
    assert (currency.value, currency.origin) == ("eur", Origin.READER)
    assert (receipts.value, receipts.origin) == ("terminal", Origin.POSD_DEFAULT)
    assert {currency.standing, receipts.standing} == {Standing.APPLIED}
