"""Several files are one configuration: a later one wins, and each mistake names its own file."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from posd.config import load
from posd.config.sources import CONFIG_FILES_MAX
from posd.errors import ConfigError

IMAGE = """\
mode = "test"
[store]
time_zone = "Europe/Berlin"
currency = "eur"
locale = "de-DE"
[listen]
hosts = ["till.lan", "office.lan"]
[[reader]]
name = "front"
url = "zvt+tcp://127.0.0.1:20007"
simulated = true
"""
OF_THE_STORE = """\
[store]
name = "Lyon 14"
time_zone = "Europe/Paris"
[listen]
hosts = []
"""
OF_THE_LANE = """\
[[reader]]
name = "back"
url = "zvt+tcp://127.0.0.1:20008"
simulated = true
[[lane]]
name = "1"
reader = "back"
fallback = "front"
"""


def written(folder: Path, drop_ins: Mapping[str, str], image: str = IMAGE) -> Path:
    file = folder / "posd.toml"
    file.write_text(image, encoding="utf-8")
    (folder / "conf.d").mkdir()
    for name, text in drop_ins.items():
        (folder / "conf.d" / name).write_text(text, encoding="utf-8")
    return file


def test_a_host_says_what_is_different_from_its_image(tmp_path: Path) -> None:
    config = load(written(tmp_path, {"50-store.toml": OF_THE_STORE, "60-lane.toml": OF_THE_LANE}))
    assert (config.store.name, config.store.time_zone) == ("Lyon 14", "Europe/Paris")
    assert (config.store.currency, config.store.locale) == ("eur", "de-DE")
    assert config.listen.hosts == ()
    assert [reader.name for reader in config.reader] == ["front", "back"]
    assert config.lane[0].fallback == "front"


def test_the_last_name_wins(tmp_path: Path) -> None:
    told = {f"{number}.toml": f'[store]\nname = "{number}"\n' for number in (9, 10, 90)}
    config = load(written(tmp_path, told))
    assert config.store.name == "90"  # "10" < "9" < "90", as ls lists them


def test_a_whole_section_may_come_from_the_host_alone(tmp_path: Path) -> None:
    told = {"a.toml": '[log]\nformat = "json"\n', "b.toml": "[offline]\ncount_max = 3\n"}
    config = load(written(tmp_path, told))
    assert (config.log.format, config.offline.count_max) == ("json", 3)


@pytest.mark.parametrize("name", [".50-store.toml.swp", ".50.toml", "50-store.toml.dpkg-new"])
def test_what_editors_and_packages_leave_is_not_read(tmp_path: Path, name: str) -> None:
    assert load(written(tmp_path, {name: "nonsense"})).store.name is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("store =", "not TOML"),
        ('[store]\ntime_zone = "Paris"\n', "store.time_zone: found 'Paris', expected"),
        ('[alarm]\ncredential = "a"\n', "alarm.url: found nothing, expected this key"),
        (
            '[[reader]]\nname = "x"\nurl = "COM1"\nsimulated = true\n',
            "reader[0].url: found 'COM1', expected",
        ),
        (
            OF_THE_LANE.replace("20008", "20007"),
            (
                "reader[0].url: found 'zvt+tcp://127.0.0.1:20007', expected another url than that "
                "of reader[0] of {main}"
            ),
        ),
        ('[[reader]]\nname = "x"\nsimulated = true\n', "reader[0].url: found nothing"),
        ('[[lane]]\nname = "1"\nreader = "font"\n', "lane[0].reader: found 'font', expected"),
        ('reader = "front"\n', "reader: found 'front', expected"),
    ],
)
def test_a_mistake_names_the_file_it_stands_in(tmp_path: Path, text: str, told: str) -> None:
    main = written(tmp_path, {"50.toml": text})
    with pytest.raises(ConfigError) as refused:
        load(main)
    start = f"{tmp_path / 'conf.d' / '50.toml'}: {told.format(main=main)}"
    assert any(line.startswith(start) for line in str(refused.value).splitlines()), refused.value


def test_what_is_missing_in_all_files_is_missing_in_the_first_that_has_the_section(
    tmp_path: Path,
) -> None:
    main = written(tmp_path, {"50.toml": "[store]\n"}, 'mode = "test"\n')
    with pytest.raises(ConfigError) as refused:
        load(main)
    drop_in = tmp_path / "conf.d" / "50.toml"
    assert f"{drop_in}: store.time_zone: found nothing" in str(refused.value)


def test_the_number_of_files_has_a_limit(tmp_path: Path) -> None:
    main = written(tmp_path, {f"{n:03}.toml": "" for n in range(CONFIG_FILES_MAX + 1)})
    with pytest.raises(ConfigError, match="found 101 files, expected 100 at most"):
        load(main)
