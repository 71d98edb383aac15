"""The configuration: what a good file means, and that a bad one is refused whole, in words."""

import string
from datetime import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posd.config import CONFIG_BYTES_MAX, load, parse
from posd.errors import ConfigError
from posd.model.access_key import Role

SOURCE = Path("posd.toml")
STORE = '[store]\nname = "Lyon 14"\ntime_zone = "Europe/Paris"\ncurrency = "eur"\n'
READER = '[[reader]]\nname = "front"\nurl = "zvt+tcp://10.0.0.7:20007"\n'
HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def refusal(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(text, SOURCE)
    return str(caught.value).splitlines()


def test_a_store_alone_is_a_whole_configuration() -> None:
    config = parse(STORE, SOURCE)
    assert config.mode == "live"
    assert config.upstream.kind == "none"
    assert config.store.day_ends_at == time(4, 0)
    assert config.listen.port == 8719
    assert config.reader == ()


def test_a_store_may_be_named_later() -> None:
    text = STORE.replace('name = "Lyon 14"\n', "")
    assert parse(text, SOURCE).store.name is None


def test_every_section_is_read() -> None:
    config = parse(
        STORE
        + READER
        + '[upstream]\nkind = "stripe"\nrequests_per_s = 5\n'
        + '[[lane]]\nname = "1"\nreader = "front"\n'
        + f'[[key]]\nname = "till 1"\nrole = "till"\nlane = "1"\nsha256 = "{HASH}"\n',
        SOURCE,
    )
    assert config.upstream.requests_per_s == 5
    assert config.lane[0].reader == config.reader[0].name == "front"
    assert config.key[0].role is Role.TILL


@pytest.mark.parametrize(
    ("store", "reader", "closes"),
    [
        ("", "", "off"),
        ('end_of_day = "22:00"\n', "", "22:00"),
        ('end_of_day = "22:00"\n', 'end_of_day = "off"\n', "off"),
        ("", 'end_of_day = "07:30"\n', "07:30"),
    ],
)
def test_a_reader_closes_its_day_when_the_store_does_unless_it_names_its_own_time(
    store: str, reader: str, closes: str
) -> None:
    (read,) = parse(STORE + store + READER + reader, SOURCE).reader
    assert read.end_of_day == closes


def test_a_reader_takes_the_stores_currency_unless_it_names_its_own() -> None:
    other = '[[reader]]\nname = "back"\nurl = "zvt+tcp://10.0.0.8:20007"\ncurrency = "chf"\n'
    assert [reader.currency for reader in parse(STORE + READER + other, SOURCE).reader] == [
        "eur",
        "chf",
    ]


@pytest.mark.parametrize("written", ['"23:30"', "23:30:00"])
def test_the_end_of_day_is_a_text_or_a_time(written: str) -> None:
    assert parse(STORE + f"day_ends_at = {written}\n", SOURCE).store.day_ends_at == time(23, 30)


def test_every_mistake_is_told_at_once_with_file_key_found_and_expected() -> None:
    assert refusal(
        'mode = "tset"\nshop = 1\n'
        '[store]\nname = ""\ntime_zone = "Europe/Pariss"\ncurrency = "EUR"\nlocale = "french"\n'
        '[listen]\nport = "8719"\n'
        '[[reader]]\nname = "front"\nurl = "COM1"\ncurrency = "eur"\n'
        '[[lane]]\nname = "1"\nreader = "font"\n'
    ) == [
        "posd.toml: store.name: found '', expected 1 to 100 characters",
        (
            "posd.toml: store.time_zone: found 'Europe/Pariss', "
            "expected a time zone of the IANA database, e.g. 'Europe/Berlin'"
        ),
        (
            "posd.toml: store.currency: found 'EUR', "
            "expected one of bgn, chf, clp, czk, dkk, eur, gbp, jpy, nok, pln, ron, sek, usd"
        ),
        "posd.toml: store.locale: found 'french', expected a language and country, e.g. 'de-DE'",
        "posd.toml: mode: found 'tset', expected 'live' or 'test'",
        "posd.toml: listen.port: found '8719', expected a valid integer",
        (
            "posd.toml: reader[0].url: found 'COM1', expected a URL like "
            "zvt+serial:///dev/posd/reader-1?baud=9600, zvt+usb://0b00:0081/SERIAL or "
            "zvt+tcp://10.0.0.7:20007; look at its scheme"
        ),
        (
            "posd.toml: shop: found a key that posd does not know, "
            "expected one of store, mode, upstream, offline, listen, lan, alarm, mqtt, log, "
            "lane, reader, key"
        ),
        "posd.toml: lane[0].reader: found 'font', expected the name of a [[reader]]",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (READER, "store: found nothing, expected this key"),
        (STORE + 'state_dir = "state"\n', "store.state_dir: found 'state', expected an absolute"),
        (
            STORE + 'end_of_day = "24:00"\n' + READER,
            (
                "store.end_of_day: found '24:00', expected a time of day between quotes, e.g."
                " '22:00', or 'off'"
            ),
        ),
        (
            STORE + READER + "end_of_day = 22:00:00\n",
            "reader[0].end_of_day: found '22:00:00', expected a time of day between quotes",
        ),
        (STORE.replace("eur", "isk"), "store.currency: found 'isk', expected one of bgn, chf"),
        (STORE + READER.replace("front", "a/b"), "reader[0].name: found 'a/b', expected 1 to 40"),
        (STORE + 'location = "Lyon"\n', "store.location: found 'Lyon', expected the id of a"),
        (STORE + "[listen]\nport = 70000\n", "listen.port: found 70000, expected less than or"),
        (STORE + '[listen]\nhosts = ["http://till"]\n', "listen.hosts[0]: found 'http://till'"),
        (STORE + '[alarm]\nurl = "http://10.0.0.5/x"\n', "alarm.url: found 'http://10.0.0.5/x', "),
        (STORE + '[alarm]\nurl = "https://x.example/?key=1"\n', "alarm.url: found "),
        (STORE + "[alarm]\n", "alarm.url: found nothing, expected this key"),
        (STORE + "[listen]\nlan = true\n", "listen.lan: found a key that posd does not know"),
        (
            STORE + READER + 'prints = "till"\n',
            "reader[0].prints: found a key that has another name now, expected receipts instead",
        ),
        (STORE + '[upstream]\nkind = "adyen"\n', "upstream.kind: found 'adyen', expected 'stripe'"),
        (STORE + "[upstream]\nrequests_per_s = nan\n", "upstream.requests_per_s: found NaN"),
        (STORE + "[upstream]\nrequests_per_s = 0\n", "upstream.requests_per_s: found 0, expected"),
        (STORE + "[upstream]\nallow_test_upstream = 1\n", "expected a valid boolean"),
        (STORE + "[offline]\namount_max = 0\n", "offline.amount_max: found 0, expected greater"),
        (STORE + "[offline]\ncount_max = 1.5\n", "offline.count_max: found 1.5, expected a valid"),
        (STORE + "[offline]\nage_max_h = 8761\n", "offline.age_max_h: found 8761, expected less"),
        (
            STORE + '[offline]\nbeyond = "hope"\n',
            "offline.beyond: found 'hope', expected 'warn' or",
        ),
        (STORE + READER + READER, "reader[1].name: found 'front', expected another name than"),
        (STORE + READER + READER, "reader[1].url: found 'zvt+tcp://10.0.0.7:20007', expected an"),
        (
            STORE + READER + '[[lane]]\nname = "1"\nreader = "front"\nfallback = "back"\n',
            "lane[0].fallback: found 'back', expected the name of a [[reader]]",
        ),
        (
            STORE + f'[[key]]\nname = "t"\nrole = "till"\nlane = "9"\nsha256 = "{HASH}"\n',
            "key[0].lane: found '9', expected the name of a [[lane]]",
        ),
        (STORE + '[[key]]\nname = "t"\nrole = "root"\nsha256 = "x"\n', "key[0].role: found 'root'"),
        ("store = 3\n", "store: found 3"),
        ('lane = "1"\n' + STORE, "lane: found '1', expected"),
    ],
)
def test_a_value_out_of_its_range_is_refused(text: str, told: str) -> None:
    assert any(told in line for line in refusal(text)), refusal(text)


@pytest.mark.parametrize(
    ("url", "accepted"),
    [
        ("https://api.stripe.com", True),
        ("http://127.0.0.1:12111", True),
        ("http://[::1]:12111", True),
        ("http://api.stripe.com", False),
        ("https://user:word@api.stripe.com", False),
        ("https://api.stripe.com/v1", False),
        ("http://127.0.0.1.evil.example", False),
    ],
)
def test_stripe_is_reached_by_tls_or_on_this_machine(url: str, *, accepted: bool) -> None:
    text = STORE + f'[upstream]\nbase_url = "{url}"\n'
    if accepted:
        assert parse(text, SOURCE).upstream.base_url == url
    else:
        assert "upstream.base_url" in refusal(text)[0]


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("zvt+serial://ttyUSB0", "host"),
        ("zvt+serial:///dev/ttyUSB0?baud=300", "query baud"),
        ("zvt+tcp://:20007", "host"),
        ("zvt+tcp://10.0.0.7:99999", "port"),
        ("zvt+tcp://10.0.0.7?password=424242", "query"),
        ("zvt+usb://0b00/1", "device"),
        ("opi+tcp://10.0.0.7", "scheme"),
        ("zvt+tcp://[::1", "host"),
    ],
)
def test_the_part_of_a_readers_url_that_is_wrong_is_named(url: str, part: str) -> None:
    line = refusal(STORE + f'[[reader]]\nname = "front"\nurl = "{url}"\n')[0]
    assert line.endswith(f"; look at its {part}")
    assert "424242" not in line


def test_a_character_set_that_no_terminal_has_is_refused() -> None:
    assert (
        "reader[0].charset: found 'klingon'" in refusal(STORE + READER + 'charset = "klingon"\n')[0]
    )


def test_test_mode_takes_simulated_readers_only() -> None:
    assert refusal('mode = "test"\n' + STORE + READER) == [
        (
            "posd.toml: reader[0].simulated: found false, "
            'expected true: mode = "test" takes simulated readers only'
        )
    ]
    config = parse('mode = "test"\n' + STORE + READER + "simulated = true\n", SOURCE)
    assert config.reader[0].simulated


def test_only_a_simulated_reader_has_a_control_port_and_on_this_machine() -> None:
    control = 'control = "http://127.0.0.1:4711"\n'
    simulated = 'mode = "test"\n' + STORE + READER + "simulated = true\n"
    assert parse(simulated + control, SOURCE).reader[0].control == "http://127.0.0.1:4711"
    assert refusal(STORE + READER + control) == [
        (
            "posd.toml: reader[0].control: found 'http://127.0.0.1:4711', "
            "expected no control port: the reader is real"
        )
    ]
    for elsewhere in ("http://10.0.0.7:4711", "http://127.0.0.1", "https://127.0.0.1:4711"):
        line = refusal(simulated + f'control = "{elsewhere}"\n')[0]
        assert line.startswith(f"posd.toml: reader[0].control: found '{elsewhere}', expected http")


def test_live_mode_refuses_simulated_readers_and_passwords_in_the_file() -> None:
    assert refusal(STORE + READER + 'simulated = true\npassword = "123456"\n') == [
        "posd.toml: reader[0].simulated: found true, expected a real reader in live mode",
        (
            "posd.toml: reader[0].password: found a text of 6 characters that is not shown, "
            "expected password_credential instead"
        ),
    ]


@pytest.mark.parametrize(
    "written",
    [
        "[upstream]\ncredential = 'sk_live_4242canary'\n",
        "[upstream]\nbase_url = 'https://rk_live_4242canary'\n",
        READER + "password = '4242canary'\n",
        "[[reader]]\nname = 'r'\nurl = 'tcp://user:4242canary@host'\n",
        "[[key]]\nname = 't'\nrole = 'till'\nsha256 = 'posd_4242canary'\n",
        "[upstream]\nkind = 'sk_test_4242canary'\n",
    ],
)
def test_a_secret_in_the_wrong_place_is_refused_and_not_repeated(written: str) -> None:
    lines = refusal(STORE + written)
    assert "4242canary" not in "\n".join(lines)
    assert any("that is not shown" in line for line in lines)


def test_a_password_is_not_in_the_repr() -> None:
    config = parse(
        'mode = "test"\n' + STORE + READER + 'simulated = true\npassword = "424242"\n', SOURCE
    )
    assert config.reader[0].password == "424242"
    assert "424242" not in repr(config)


def test_a_syntax_error_names_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "posd.toml"
    path.write_text("[store]\nname = Lyon\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"posd\.toml: not TOML: .*line 2, column 8"):
        load(path)


@pytest.mark.parametrize(
    ("octets", "told"),
    [
        (b"name = \xff", "expected UTF-8, found byte 7 that is not"),
        (b"#" * (CONFIG_BYTES_MAX + 1), "larger than 1048576 bytes"),
        (b"x = " + b"[" * 10_000, "nested too deeply"),
        (b"x = 1" + b"0" * 5_000, "not TOML"),
    ],
)
def test_a_file_that_is_no_configuration_is_refused(
    tmp_path: Path, octets: bytes, told: str
) -> None:
    path = tmp_path / "posd.toml"
    path.write_bytes(octets)
    with pytest.raises(ConfigError, match=told):
        load(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: cannot be read: No such file"):
        load(tmp_path / "none.toml")


keys = st.sampled_from(
    ["store", "name", "lane", "reader", "key", "url", "currency", "mode", "sha256", "password", "x"]
)
scalars = st.one_of(
    st.booleans().map(lambda value: str(value).lower()),
    st.integers().map(str),
    st.sampled_from(["nan", "inf", "-0.0", "1979-05-27", "07:32:00", "1979-05-27T07:32:00Z"]),
    st.text(string.ascii_letters + "_:/ é", max_size=12).map(lambda value: f'"{value}"'),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(keys, inner, max_size=3).map(
            lambda table: "{" + ", ".join(f"{key} = {value}" for key, value in table.items()) + "}"
        ),
    ),
    max_leaves=8,
)


@given(st.dictionaries(keys, values, max_size=5))
def test_any_other_document_is_refused_in_words(table: dict[str, str]) -> None:
    text = "".join(f"{key} = {value}\n" for key, value in table.items())
    for line in refusal(text):
        assert line.startswith("posd.toml: ")
        assert ": found " in line


@given(st.text(max_size=200))
def test_noise_is_refused_and_nothing_else(text: str) -> None:
    refusal(text)
