"""The status page's HTML: one template, every value escaped."""

from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from posd.page import day_words, words
from posd.page.words import Words
from posd.snapshot.days import level
from posd.snapshot.views import Level, Snapshot

TONE_SIGNS: Final = {Level.OK: "✔", Level.RESTING: "◌", Level.ATTENTION: "!", Level.STOP: "✖"}
"""Colour is never the only sign."""

_environment = Environment(
    loader=PackageLoader("posd.page"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.globals.update(
    report_words=words.REPORTS,
    tones=words.TONES,
    signs=TONE_SIGNS,
    about_day=day_words.about,
    day_level=level,
)
_template = _environment.get_template("status.html")


def render(snapshot: Snapshot, refresh_s: int) -> str:
    """The page for one snapshot; the browser asks again after `refresh_s` seconds."""
    return _template.render(snapshot=snapshot, words=Words(snapshot), refresh_s=refresh_s)
