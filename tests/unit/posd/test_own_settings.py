"""What the file says of a reader is told as its own, and what it does not say as posd's default."""

from pathlib import Path

from posd.config import Config, parse
from posd.config.own_settings import own_settings, unnamed_settings

FILE = """\
[store]
name = "Lyon 14"
time_zone = "Europe/Paris"
currency = "eur"
end_of_day = "22:00"
[[reader]]
name = "front"
end_of_day = "21:30"
url = "zvt+tcp://10.0.0.7:20007"
currency = "chf"
manual_capture = "preauth"
tips = true
profile = "a80"
receipts = "till"
password_credential = "front.password"
[[reader]]
name = "kiosk"
url = "zvt+tcp://10.0.0.8:20007"
"""


def config() -> Config:
    return parse(FILE, Path("posd.toml"))


def told(reader: str) -> dict[str, tuple[str, bool]]:
    return {one.name: (one.value, one.declared) for one in own_settings(config())[reader]}


def test_each_reader_has_what_the_file_says_and_posds_defaults() -> None:
    assert told("tmr_posd_front") == {
        "charset": ("cp437", False),
        "currency": ("chf", True),
        "end_of_day": ("21:30", True),
        "manual_capture": ("preauth", True),
        "profile": ("a80", True),
        "receipts": ("till", True),
        "tips": (True, True),
    }
    assert told("tmr_posd_kiosk") == {
        "charset": ("cp437", False),
        "currency": ("eur", True),
        "end_of_day": ("22:00", True),
        "manual_capture": ("refuse", False),
        "profile": (None, False),
        "receipts": ("terminal", False),
        "tips": (False, False),
    }


def test_a_reader_that_is_not_in_the_file_has_the_stores_currency_and_posds_defaults() -> None:
    assert {one.name: (one.value, one.declared) for one in unnamed_settings(config())} == {
        "charset": ("cp437", False),
        "currency": ("eur", True),
        "end_of_day": ("22:00", True),
        "manual_capture": ("refuse", False),
        "profile": (None, False),
        "receipts": ("terminal", False),
        "tips": (False, False),
    }


def test_no_credential_is_told() -> None:
    assert "front.password" not in repr(own_settings(config()))
