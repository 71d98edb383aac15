"""Words: every state has some, amounts and times are the locale's, nothing is said that is not."""

import pytest
from msgspec.structs import replace

from posd.live import Trouble
from posd.model.attempt import AttemptState
from posd.model.facts import AttemptKind
from posd.model.reader import Stranger
from posd.model.upstream_facts import MirrorKind
from posd.page.words import PAYMENTS, READERS, REPORTS, STEPS, TROUBLES, UNTOLD, Words
from posd.snapshot.views import (
    CloudReaderView,
    Level,
    MirrorView,
    PaymentStatus,
    ReaderStatus,
    ReportStatus,
    Upstream,
    UpstreamState,
)
from posd_drivers.card_reader import Step
from tests.unit.posd.snapshots import MINUTE_MS, NOW_MS, Shop, busy_shop, offline

HOUR_MS = 60 * MINUTE_MS


def words(locale: str = "en") -> Words:
    return Words(Shop(locale=locale).snapshot())


def test_every_state_has_words() -> None:
    assert set(STEPS) == {step.value for step in Step}
    assert set(TROUBLES) == {trouble.value for trouble in Trouble}
    assert set(READERS) == set(ReaderStatus)
    assert set(PAYMENTS) == set(PaymentStatus)
    assert set(REPORTS) == set(ReportStatus)
    assert set(UNTOLD) == {"account", *(kind.value for kind in MirrorKind)}


@pytest.mark.parametrize(
    ("locale", "amount", "currency", "written"),
    [
        ("en", 123450, "eur", "€1,234.50"),
        ("de-DE", 123450, "eur", "1.234,50\xa0€"),
        ("de-CH", 123450, "chf", "CHF\xa01\u2019234.50"),
        ("es-CL", 123450, "clp", "$123.450"),
        ("ja-JP", 1250, "jpy", "￥1,250"),
        ("de-XX", 5, "eur", "0,05\xa0€"),
        ("xx-XX", 5, "eur", "€0.05"),
    ],
)
def test_amounts_are_the_locales(locale: str, amount: int, currency: str, written: str) -> None:
    assert words(locale).money(amount, currency) == written


def test_times_are_the_stores() -> None:
    german = words("de-DE")
    assert german.at(NOW_MS) == "14:02"
    assert german.at(NOW_MS - 15 * HOUR_MS) == "30.07.26 23:02"
    assert german.iso(NOW_MS) == "2026-07-31T14:02:00+02:00"


@pytest.mark.parametrize(
    ("passed_ms", "age"),
    [
        (-5_000, "0 s"),
        (59_999, "59 s"),
        (MINUTE_MS, "1 min"),
        (HOUR_MS, "1 h"),
        (47 * HOUR_MS, "47 h"),
        (48 * HOUR_MS, "2 d"),
    ],
)
def test_ages_have_one_unit(passed_ms: int, age: str) -> None:
    assert words().age(NOW_MS - passed_ms) == age


def test_a_reader_says_what_it_does_or_what_helps() -> None:
    snapshot = busy_shop().snapshot()
    told = Words(snapshot)
    readers = [lane.reader for lane in snapshot.lanes if lane.reader]
    assert [told.reader(reader).replace("\u202f", " ") for reader in readers] == [
        "€23.40, waiting for the card",
        "Not connected. Check its power and its cable. Its last answer came at 1:57 PM.",
        "€7.80: must be checked by a person first",
        "",
    ]
    assert [told.lane(lane) for lane in snapshot.lanes] == ["", "Use Garden instead.", "", ""]


def test_an_unknown_outcome_is_called_neither_paid_nor_failed() -> None:
    shop = Shop()
    shop.add_payment(shop.add_reader("front"), AttemptState.UNKNOWN, 900)
    snapshot = shop.snapshot()
    reader = snapshot.lanes[0].reader
    assert reader is not None
    assert Words(snapshot).reader(reader) == "€9.00: asking the terminal what became of it"
    assert PAYMENTS[snapshot.payments[0].status] == "Unproven, asking the terminal"


def test_a_lane_without_any_reader_says_so() -> None:
    shop = busy_shop()
    shop.live.clear()
    snapshot = shop.snapshot()
    assert snapshot.lanes[0].level is Level.STOP
    assert Words(snapshot).lane(snapshot.lanes[0]) == "Its reader is not set up."


def test_a_quarantined_reader_says_since_when_and_what_to_do() -> None:
    shop = Shop(locale="de-DE")
    front = shop.add_reader("front")
    shop.add_payment(front, AttemptState.PERSON, 900)
    shop.quarantine(front, age_ms=HOUR_MS)
    snapshot = shop.snapshot()
    reader = snapshot.lanes[0].reader
    assert reader is not None
    assert READERS[reader.status] == "Quarantined"
    told = Words(snapshot).reader(reader)
    assert told.startswith("Since 13:02: posd failed twice in a row")
    assert told.endswith("posd readers accept tmr_posd_front --reason …")
    assert [errand.reader for errand in snapshot.errands] == ["front"]


@pytest.mark.parametrize("trouble", Trouble)
def test_every_trouble_comes_with_its_own_sentence(trouble: Trouble) -> None:
    shop = Shop()
    shop.add_reader("front", offline(trouble))
    snapshot = shop.snapshot()
    reader = snapshot.lanes[0].reader
    assert reader is not None
    assert TROUBLES[trouble.value][1:] in Words(snapshot).reader(reader)


@pytest.mark.parametrize("trouble", [Trouble.OTHER_TERMINAL, Trouble.OTHER_DEVICE])
def test_what_was_found_in_its_place_is_named_with_how_to_accept_it(trouble: Trouble) -> None:
    shop = Shop()
    id_ = shop.add_reader("front", offline(trouble))
    shop.held[0] = replace(shop.held[0], stranger=Stranger(NOW_MS, "52523536", None))
    snapshot = shop.snapshot()
    reader = snapshot.lanes[0].reader
    assert reader is not None
    told = Words(snapshot).reader(reader)
    assert "Found there: 52523536." in told
    assert f"posd readers accept {id_} --as replacement --reason" in told


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
    german = words("de-DE")
    assert [german.upstream(upstream), german.owed(upstream), german.refused(upstream)] == told


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
    assert words("de-DE").mirror(mirror) == told


def test_what_stripe_does_not_tell_is_named_with_its_reason() -> None:
    mirror = MirrorView(refused={"terminal.reader": "no permission"})
    assert words().untold(mirror) == ["Stripe does not tell its readers: no permission"]


@pytest.mark.parametrize(
    ("status", "action", "action_status", "told"),
    [
        (None, None, None, "not heard of yet"),
        ("offline", None, None, "offline"),
        ("online", "set_reader_display", "succeeded", "online, set reader display succeeded"),
        ("asleep", "sing_a_song", None, "asleep, sing a song"),
    ],
)
def test_a_reader_of_stripes_is_told_in_stripes_words(
    status: str | None, action: str | None, action_status: str | None, told: str
) -> None:
    reader = CloudReaderView("tmr_1", "Entrance", "stripe_s700", status, action, action_status)
    assert words().cloud_reader(reader) == told


@pytest.mark.parametrize(
    ("kind", "asks"),
    [
        (AttemptKind.SALE, "taken?"),
        (AttemptKind.CAPTURE, "taken?"),
        (AttemptKind.RELEASE, "given back?"),
        (AttemptKind.REVERSAL, "given back?"),
        (AttemptKind.REFUND, "given back?"),
    ],
)
def test_a_person_is_asked_which_way_the_money_went(kind: AttemptKind, asks: str) -> None:
    shop = Shop()
    shop.add_payment(shop.add_reader("front"), AttemptState.PERSON)
    shop.attempts["att_1"] = replace(shop.attempts["att_1"], kind=kind)
    snapshot = shop.snapshot()
    assert asks in Words(snapshot).advice(snapshot.errands[0])


def test_what_is_held_past_its_day_is_captured_or_refunded() -> None:
    shop = Shop()
    shop.add_payment(shop.add_reader("front"), AttemptState.APPROVED)
    sale = shop.attempts["att_1"]
    shop.holding = {sale.id: [sale]}
    snapshot = shop.snapshot()
    assert "refund" in Words(snapshot).advice(snapshot.errands[0])
