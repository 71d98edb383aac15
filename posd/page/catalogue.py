"""What the pages say, in one language: texts by key, with their values and plural forms.

The texts are TOML files beside this module, one a language, with tables by area. A key is the path
to a text, e.g. `verdict.all_ready`; a text that counts has a form for each of the language's plural
categories under its key, chosen by the value `count`. A store may lay a file of its own over the
English texts: what it does not say, or says with other placeholders, is said in English.
"""

import logging
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from string import Formatter
from typing import Any, Final

from babel import Locale
from markupsafe import Markup, escape

from posd.render.locale import FALLBACK_LOCALE, known_locale

log = logging.getLogger(__name__)

LANGUAGES: Final = ("en", "de")
"""Languages whose texts are complete."""
PLURALS: Final = frozenset({"zero", "one", "two", "few", "many", "other"})
"""Categories of Unicode CLDR, chapter "Language Plural Rules"."""


class Catalogue:
    """Every text of one language.

    Attributes:
        language: What HTML's `lang` says, e.g. `de`.
    """

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        self.language = language
        self._texts = texts
        self._plural = Locale.parse(language, sep="-").plural_form

    def text(self, key: str, /, **values: object) -> str:
        """The text of that key with its values filled in.

        A value that is Markup stays HTML and makes the whole text Markup, the rest escaped. Raises
        KeyError for a key that no text has, or a value that is missing: a bug of the caller.
        """
        template = self._form(key, values.get("count"))
        if not any(isinstance(value, Markup) for value in values.values()):
            return template.format(**values)
        return escape(template).format(**values)

    def _form(self, key: str, count: object) -> str:
        plain = self._texts.get(key)
        if plain is not None:
            return plain
        assert isinstance(count, int), f"no text has the key {key!r}"
        chosen = self._texts.get(f"{key}.{self._plural(count)}")
        return self._texts[f"{key}.other"] if chosen is None else chosen


def catalogue(locale: str, own: Path | None = None) -> Catalogue:
    """The texts for a store of that locale; in English where there are none in its language.

    `own` is a file of the store's, in its locale's language, laid over the English texts. One that
    cannot be read is logged and left out: a page in another language is better than none.
    """
    language = known_locale(locale).language
    if own is not None:
        try:
            return _laid_over(language, own)
        except (OSError, ValueError) as error:
            log.error("texts cannot be read file=%s: %s", own, error)  # noqa: TRY400 (no bug)
    return shipped(language if language in LANGUAGES else FALLBACK_LOCALE)


@cache
def shipped(language: str) -> Catalogue:
    """The texts that come with posd, in one of LANGUAGES."""
    return Catalogue(language, _shipped_texts(language))


def texts_of(document: Mapping[str, Any]) -> dict[str, str]:
    """The texts of a TOML document, by key; what is no text is left out."""
    return dict(_flat(document, ""))


def placeholders(text: str) -> frozenset[str]:
    """The names of the values that a text asks for.

    Raises ValueError for a text that is malformed, or asks for more than that a value be said.
    """
    found = [part[1:] for part in Formatter().parse(text) if part[1] is not None]
    if any(spec or conversion for _, spec, conversion in found):
        raise ValueError(text)
    return frozenset(str(name) for name, _, _ in found)


def _shipped_texts(language: str) -> dict[str, str]:
    file = files("posd.page").joinpath("texts", f"{language}.toml")
    return texts_of(tomllib.loads(file.read_text("utf-8")))


def _flat(table: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, str):
            yield path + name, value
        elif isinstance(value, Mapping):
            yield from _flat(value, f"{path}{name}.")


def _laid_over(language: str, own: Path) -> Catalogue:
    english = _shipped_texts(FALLBACK_LOCALE)
    texts = dict(english)
    for key, text in texts_of(tomllib.loads(own.read_text("utf-8"))).items():
        if _fits(text, key, english):
            texts[key] = text
        else:
            log.warning("text left out file=%s key=%s: it is not one of posd's", own, key)
    return Catalogue(language, texts)


def _fits(text: str, key: str, english: Mapping[str, str]) -> bool:
    """Whether a text may stand for the English one: no other placeholders, and none inside."""
    stem, _, category = key.rpartition(".")
    model = english.get(key)
    if model is None and category in PLURALS:
        model = english.get(f"{stem}.other")
    if model is None:
        return False
    try:
        return placeholders(text) <= placeholders(model)
    except ValueError:
        return False
