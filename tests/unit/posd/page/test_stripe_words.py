"""How posd stands with Stripe, in words."""

import pytest

from posd.model.upstream_facts import MirrorKind
from posd.page import stripe_words
from posd.page.catalogue import LANGUAGES, shipped
from posd.page.words import HOUR_MS
from posd.snapshot.views import MirrorView, Upstream, UpstreamState
from tests.unit.posd.page.telling import english
from tests.unit.posd.snapshots import NOW_MS, Shop


@pytest.mark.parametrize(
    ("upstream", "told"),
    [
        (Upstream(UpstreamState.NONE), ["Payments are not reported to Stripe.", "", ""]),
        (
            Upstream(UpstreamState.UNTRIED),
            ["Stripe has not been asked yet.", "Nothing waits to be sent.", ""],
        ),
        (
            Upstream(UpstreamState.OK, waiting=3, oldest_ms=NOW_MS - HOUR_MS),
            ["Stripe is connected.", "3 reports wait to be sent, the oldest since 13:02.", ""],
        ),
        (
            Upstream(UpstreamState.OFFLINE, NOW_MS, waiting=1),
            [
                "Stripe cannot be reached since 14:02. Cards are taken all the same.",
                "1 report waits to be sent.",
                "",
            ],
        ),
        (
            Upstream(UpstreamState.PAUSED, parked=2, parked_amounts={"eur": 3750, "chf": 900}),
            [
                "Reports to Stripe are paused. Cards are taken all the same.",
                "Nothing waits to be sent.",
                "Stripe refused 2 for good (9,00\xa0CHF, 37,50\xa0€): tell support.",
            ],
        ),
    ],
)
def test_stripe_in_words(upstream: Upstream, told: list[str]) -> None:
    words = english(Shop(locale="de-DE").snapshot())
    say = (stripe_words.upstream, stripe_words.owed, stripe_words.refused)
    assert [sentence(upstream, words) for sentence in say] == told


@pytest.mark.parametrize(
    ("mirror", "told"),
    [
        (MirrorView(), "Stripe has not told its locations and readers yet."),
        (
            MirrorView(NOW_MS - HOUR_MS),
            "Locations and Stripe's readers are as Stripe told them at 13:02 (1 h ago).",
        ),
        (
            MirrorView(NOW_MS - 26 * HOUR_MS, NOW_MS - 25 * HOUR_MS),
            (
                "Locations and Stripe's readers are as Stripe told them at 30.07.26 12:02 "
                "(26 h ago). There is no line to Stripe since 30.07.26 13:02: what only Stripe can "
                "change must wait."
            ),
        ),
    ],
)
def test_the_age_of_the_mirror_in_words(mirror: MirrorView, told: str) -> None:
    assert stripe_words.mirror(mirror, english(Shop(locale="de-DE").snapshot())) == told


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_stripe_may_not_tell_has_words(language: str) -> None:
    kinds = ("account", *(kind.value for kind in MirrorKind))
    assert all(shipped(language).text(f"stripe.untold_of.{kind}") for kind in kinds)


def test_what_stripe_does_not_tell_is_named_with_its_reason() -> None:
    mirror = MirrorView(refused={"terminal.reader": "no permission"})
    words = english(Shop().snapshot())
    assert stripe_words.untold(mirror, words) == ["Stripe does not tell its readers: no permission"]
