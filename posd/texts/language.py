"""Which language, and how sayings become a text in it."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Final

from posd.texts import de, en
from posd.texts.sayings import Label, Saying


class Language(Enum):
    """A language that posd speaks, by its ISO 639-1 code."""

    EN = "en"
    DE = "de"


SAYINGS: Final[Mapping[Language, Mapping[Saying, str]]] = {
    Language.EN: en.SAYINGS,
    Language.DE: de.SAYINGS,
}
LABELS: Final[Mapping[Language, Mapping[Label, str]]] = {
    Language.EN: en.LABELS,
    Language.DE: de.LABELS,
}


def of_locale(locale: str) -> Language:
    """The language of a locale such as `de-CH`; English where posd does not speak it."""
    spoken = {language.value: language for language in Language}
    return spoken.get(locale.partition("-")[0], Language.EN)


def cashier_text(sayings: Sequence[Saying], language: Language) -> str:
    """The sayings one after the other, as the cashier reads them."""
    return " ".join(SAYINGS[language][saying] for saying in sayings)
