"""The catalogues: complete in each language, the same values everywhere, and nothing in vain."""

import re
import tomllib
from itertools import chain
from pathlib import Path

import pytest
from markupsafe import Markup

from posd.page import catalogue as module
from posd.page.catalogue import LANGUAGES, catalogue, placeholders, shipped, texts_of

PAGE = Path(module.__file__).parent
LITERAL = re.compile(r"""["']((?:[a-z_]+\.)+[a-z0-9_.]*)(["']|\{)""")
"""A key, or what one begins with where the rest is a value: `"a.b"`, `f"a.{…}"`, `"a." ~ …`."""
SINGULAR = re.compile(r"\.(zero|one|two|few|many|other)$")


def texts(language: str) -> dict[str, str]:
    document = (PAGE / "texts" / f"{language}.toml").read_text()
    return texts_of(tomllib.loads(document))


def asked_for() -> set[str]:
    """Every key, and every beginning of keys, that a page or what it stands on names."""
    sources = chain(
        PAGE.rglob("*.py"), PAGE.rglob("*.html"), (PAGE.parent / "snapshot").glob("*.py")
    )
    found = {key for file in sources for key, _ in LITERAL.findall(file.read_text())}
    return {key for key in found if not key.endswith(".html")}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything_with_the_same_values(language: str) -> None:
    english, other = texts("en"), texts(language)
    assert set(other) == set(english)
    asks = {key: placeholders(text) for key, text in english.items()}
    assert {key: placeholders(text) for key, text in other.items()} == asks


def test_no_text_is_there_in_vain() -> None:
    named = asked_for()
    beginnings = tuple(key for key in named if key.endswith((".", "_")))
    in_vain = {
        key
        for key in texts("en")
        if key not in named
        and (stem := SINGULAR.sub("", key)) not in named
        and stem.removesuffix("_since") not in named
        and not stem.startswith(beginnings)
    }
    assert not in_vain


def test_every_text_that_is_named_is_there() -> None:
    there = texts("en")
    known = {*there, *(SINGULAR.sub("", key) for key in there)}
    areas = {key.partition(".")[0] for key in there}
    named = {key for key in asked_for() if key.partition(".")[0] in areas}
    beginnings = {key for key in named if key.endswith((".", "_"))}
    assert not named - beginnings - known
    assert not {one for one in beginnings if not any(key.startswith(one) for key in known)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_is_a_sentence_of_its_own(language: str) -> None:
    for key, text in texts(language).items():
        assert text == text.strip(), key
        assert "<" not in text, key


def test_a_text_has_its_values_and_its_plural() -> None:
    english = shipped("en")
    assert english.text("lanes.use", reader="Garden") == "Use Garden instead."
    assert english.text("stripe.owed", count=1) == "1 report waits to be sent."
    assert english.text("stripe.owed", count=2) == "2 reports wait to be sent."
    assert shipped("de").text("stripe.owed", count=1) == "1 Meldung ist noch zu senden."


def test_markup_stays_and_everything_else_is_escaped() -> None:
    told = shipped("en").text("errands.at", reader="<b>", at=Markup("<time>9:00</time>"), age="1 h")
    assert told == "at &lt;b&gt; since <time>9:00</time> (1 h)"
    assert isinstance(told, Markup)


def test_a_key_that_no_text_has_is_a_bug() -> None:
    with pytest.raises(AssertionError, match=r"no.such"):
        shipped("en").text("no.such")


@pytest.mark.parametrize(
    ("locale", "language"),
    [("de", "de"), ("de-CH", "de"), ("en-GB", "en"), ("fr-FR", "en"), ("xx", "en")],
)
def test_the_locale_chooses_the_language(locale: str, language: str) -> None:
    assert catalogue(locale).language == language


def test_a_stores_own_texts_lie_over_the_english_ones(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own = tmp_path / "pl.toml"
    own.write_text(
        """
        [lanes]
        title = "Kasy"
        use = "Użyj {reader.__class__}"
        unknown = "Nic"
        [layout]
        home = "{0"
        [stripe.owed]
        one = "{count} raport"
        few = "{count} raporty"
        many = "{count} raportów"
        """
    )
    polish = catalogue("pl-PL", own)
    assert polish.language == "pl"
    assert polish.text("lanes.title") == "Kasy"
    assert [polish.text("stripe.owed", count=n) for n in (1, 2, 5)] == [
        "1 raport",
        "2 raporty",
        "5 raportów",
    ]
    assert polish.text("lanes.use", reader="Garden") == "Use Garden instead."
    assert polish.text("layout.home") == "Now"
    left_out = {record.args[1] for record in caplog.records if isinstance(record.args, tuple)}
    assert left_out == {"lanes.use", "lanes.unknown", "layout.home"}


@pytest.mark.parametrize("octets", [None, b"[lanes", b"\xff"])
def test_texts_that_cannot_be_read_are_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, octets: bytes | None
) -> None:
    own = tmp_path / "fr.toml"
    if octets is not None:
        own.write_bytes(octets)
    assert catalogue("fr-FR", own).text("lanes.title") == "Lanes"
    assert "texts cannot be read" in caplog.text


@pytest.mark.parametrize("text", ["{a!r}", "{a:>9}", "{", "{a:{b}}"])
def test_a_text_may_only_say_its_values(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (Python's own words for what is malformed)
        placeholders(text)
