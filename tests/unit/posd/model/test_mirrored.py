"""What of Stripe's objects is kept, and what a fact makes of them."""

from posd.model.mirrored import apply, kept
from posd.model.upstream_facts import MirrorKind, ObjectGone, ObjectMirrored

CONFIGURATION = {
    "id": "tmc_1",
    "object": "terminal.configuration",
    "name": "Shop floor",
    "reader_security": {"admin_menu_passcode": "91827"},
    "tipping": {"eur": {"percentages": [5, 10, 15], "smart_tip_threshold": 1000}},
    "wifi": {
        "type": "enterprise_eap_tls",
        "enterprise_eap_tls": {
            "ssid": "shop",
            "client_certificate_file": "file_1",
            "private_key_file": "file_2",
            "private_key_file_password": "correct horse",
        },
        "personal_psk": {"ssid": "shop", "password": ""},
    },
}


def test_no_secret_of_a_configuration_is_kept_and_everything_else_is() -> None:
    assert kept(MirrorKind.CONFIGURATION, CONFIGURATION) == {
        "id": "tmc_1",
        "object": "terminal.configuration",
        "name": "Shop floor",
        "reader_security": {"admin_menu_passcode": "********"},
        "tipping": {"eur": {"percentages": [5, 10, 15], "smart_tip_threshold": 1000}},
        "wifi": {
            "type": "enterprise_eap_tls",
            "enterprise_eap_tls": {
                "ssid": "shop",
                "client_certificate_file": "file_1",
                "private_key_file": "file_2",
                "private_key_file_password": "********",
            },
            "personal_psk": {"ssid": "shop", "password": ""},
        },
    }


def test_a_readers_passing_state_is_not_kept() -> None:
    told = {
        "id": "tmr_1",
        "label": "Window",
        "action": {"status": "in_progress"},
        "last_seen_at": 1_795_420_800_000,
        "status": "online",
        "a_field_of_next_year": [1],
    }
    assert kept(MirrorKind.READER, told) == {
        "id": "tmr_1",
        "label": "Window",
        "a_field_of_next_year": [1],
    }


def test_an_object_knows_since_when_it_is_as_it_is() -> None:
    first = apply(None, ObjectMirrored("tml_1", MirrorKind.LOCATION, {"v": 1}), 1_000)
    changed = apply(first, ObjectMirrored("tml_1", MirrorKind.LOCATION, {"v": 2}), 2_000)
    assert (first.first_ms, first.changed_ms) == (1_000, 1_000)
    assert (changed.first_ms, changed.changed_ms, changed.body) == (1_000, 2_000, {"v": 2})


def test_what_is_gone_is_told_as_it_was_until_it_is_there_again() -> None:
    first = apply(None, ObjectMirrored("tml_1", MirrorKind.LOCATION, {"v": 1}), 1_000)
    gone = apply(first, ObjectGone("tml_1", MirrorKind.LOCATION), 2_000)
    back = apply(gone, ObjectMirrored("tml_1", MirrorKind.LOCATION, {"v": 1}), 3_000)
    assert (gone.gone, gone.body, gone.changed_ms) == (True, {"v": 1}, 2_000)
    assert not back.gone
