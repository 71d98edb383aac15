"""`posd config`: every value with what says it, an example that holds, a schema for editors."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from posd.__main__ import carry_out
from posd.config import SECTIONS, parse

IMAGE = """\
[store]
time_zone = "Europe/Berlin"
currency = "eur"
end_of_day = "22:00"
[alarm]
url = "https://alarm.example.com/canary-path"
[[reader]]
name = "front"
url = "zvt+tcp://127.0.0.1:20007"
currency = "chf"
"""
DROP_IN = f"""\
[store]
time_zone = "Europe/Paris"
[[key]]
name = "till 1"
role = "till"
sha256 = "{"ca" * 32}"
"""


@pytest.fixture
def shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Mapping[str, Mapping[str, str]]:
    """What `posd config show --json` says, by `section.key`."""
    file = tmp_path / "posd.toml"
    file.write_text(IMAGE, encoding="utf-8")
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "host.toml").write_text(DROP_IN, encoding="utf-8")
    assert carry_out(["config", "show", str(file), "--json"]) == 0
    told = json.loads(capsys.readouterr().out.replace(str(tmp_path), ""))
    return {f"{one['section']}.{one['key']}": one for one in told}


@pytest.mark.parametrize(
    ("key", "value", "origin"),
    [
        ("store.time_zone", "Europe/Paris", "/conf.d/host.toml"),
        ("store.currency", "eur", "/posd.toml"),
        ("store.locale", "en", "default"),
        ("listen.port", "8719", "default"),
        ("reader front.currency", "chf", "/posd.toml"),
        ("reader front.end_of_day", "22:00", "store.end_of_day of /posd.toml"),
        ("key till 1.role", "till", "/conf.d/host.toml"),
        (".mode", "live", "default"),
    ],
)
def test_a_value_is_shown_with_what_says_it(
    shown: Mapping[str, Mapping[str, str]], key: str, value: str, origin: str
) -> None:
    assert (shown[key]["value"], shown[key]["origin"]) == (value, origin)


def test_no_secret_is_shown(shown: Mapping[str, Mapping[str, str]]) -> None:
    told = json.dumps(shown)
    assert "canary" not in told
    assert "caca" not in told
    assert "key till 1.sha256" not in shown


def test_the_table_has_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "posd.toml"
    file.write_text(IMAGE, encoding="utf-8")
    assert carry_out(["config", "show", str(file)]) == 0
    assert "store.end_of_day" in capsys.readouterr().out


def test_the_example_is_a_configuration(capsys: pytest.CaptureFixture[str]) -> None:
    assert carry_out(["config", "example"]) == 0
    assert parse(capsys.readouterr().out, Path("posd.toml")).lane[0].reader == "front"


def test_the_schema_tells_editors_what_can_be_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert carry_out(["config", "schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert set(schema["properties"]) == {"mode", *filter(None, SECTIONS)}
    reader = schema["$defs"]["ReaderConfig"]
    assert reader["additionalProperties"] is False
    assert reader["required"] == ["name", "url"]
    name = reader["properties"]["name"]
    assert (name["pattern"], name["description"]) == (
        "^(?:[A-Za-z0-9_-]{1,40})$",
        "1 to 40 letters, digits, '_' and '-'",
    )
