"""The pages' HTML: templates in one frame, every value escaped."""

import secrets
from typing import Final, Protocol

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from posd.page import (
    audit_words,
    day_words,
    fact_words,
    money_words,
    payment_words,
    plot,
    plot_words,
    queue_words,
    reader_words,
    said_words,
    stripe_words,
    support_words,
)
from posd.page.words import TONES, Words
from posd.snapshot.days import level
from posd.snapshot.views import Level, Snapshot

TONES_WRITTEN: Final = {Level.OK: "✔", Level.RESTING: "◌", Level.ATTENTION: "!", Level.STOP: "✖"}
"""How a level is marked where only letters are, as in a browser's tab."""
REFRESH_S: Final = 10
"""How often a browser without scripts looks again."""
PLACES: Final = (
    ("/", "layout.home"),
    ("/payments", "layout.payments"),
    ("/readers", "layout.readers"),
    ("/queue", "layout.queue"),
    ("/audit", "layout.audit"),
    ("/actions", "layout.actions"),
)
"""What stands above each page, for every day: path, and key of its name. A phone has two lines."""
RARE_PLACES: Final = (
    ("/events", "layout.events"),
    ("/orders", "layout.orders"),
    ("/settings", "layout.settings"),
    ("/support", "layout.support"),
)
"""The same, below each page."""

_MOMENT: Final = Markup('<time datetime="{}">{}</time>')
_AGO: Final = Markup('<time datetime="{}" title="{}">{}</time>')

_environment = Environment(
    loader=PackageLoader("posd.page"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,  # else each page looks at the dates of all its files
)
_environment.globals.update(
    audits=audit_words,
    days=day_words,
    facts=fact_words,
    once=secrets.token_urlsafe,
    payments=payment_words,
    places=PLACES,
    rare_places=RARE_PLACES,
    queue_words=queue_words,
    support_words=support_words,
    plot=plot,
    plot_words=plot_words,
    readers=reader_words,
    said=said_words,
    stripe=stripe_words,
    sums=money_words,
    tones=TONES,
    tones_written=TONES_WRITTEN,
    day_level=level,
    refresh_s=REFRESH_S,
)


class SignedIn(Protocol):
    """Who has signed in, as far as the frame around a page shows it."""

    @property
    def csrf(self) -> str:
        """What each form of this sign-in carries."""
        ...


def page(
    template: str,
    snapshot: Snapshot,
    words: Words,
    session: SignedIn | None = None,
    **values: object,
) -> str:
    """A whole page.

    Args:
        template: Its file in `templates`; it extends `layout.html`, which says what it may fill.
        snapshot: What the store is like; the frame shows its name, mode, moment and verdict.
        words: How it is told, to whom.
        session: The manager who looks, or None for anybody.
        values: What else the template asks for. `t` is `words.text`, `moment(ms)` an element with
            the time of day, `ago(ms)` one with the age.
    """

    def moment(wall_ms: int) -> Markup:
        return _MOMENT.format(words.iso(wall_ms), words.at(wall_ms))

    def ago(wall_ms: int) -> Markup:
        age = words.text("age.ago", age=words.age(wall_ms))
        return _AGO.format(words.iso(wall_ms), words.exactly(wall_ms), age)

    return _environment.get_template(template).render(
        snapshot=snapshot,
        words=words,
        session=session,
        t=words.text,
        moment=moment,
        ago=ago,
        **values,
    )
