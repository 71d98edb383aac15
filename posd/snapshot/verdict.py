"""Can every lane take cards now, is all money accounted for, and is every day closed?

Each thing is said twice: in English for programs, and by its key for the page.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from posd.snapshot.certificate_view import CertificateView
from posd.snapshot.day_views import DayView
from posd.snapshot.days import level
from posd.snapshot.said import Said
from posd.snapshot.views import (
    Errand,
    GapView,
    LaneView,
    Level,
    ReaderStatus,
    Upstream,
    UpstreamState,
    Verdict,
)

REPORT_LATE_MS: Final = 10 * 60 * 1000
"""How long a report may wait before the store should know that Stripe does not have it."""
RENEW_DAYS: Final = 30
EVERY_LANE: Final = Said("verdict.every_lane")
NO_CARD: Final = "No card is taken until posd knows what its journal has lost."
MUST_LOOK: Final = "Facts are missing, e.g. after a restore: run 'posd journal reconcile'."


class Finding(Struct, frozen=True):
    """One thing that the store should know besides its lanes, and how urgent it is."""

    level: Level
    english: str
    said: Said


class Known(Struct, frozen=True):
    """What the verdict is made of besides the lanes. `drafts` is the number of drafted refunds."""

    errands: tuple[Errand, ...]
    closings: tuple[DayView, ...]
    upstream: Upstream
    gap: GapView | None
    drafts: int
    certificate: CertificateView | None = None
    alarm_unheard_ms: int | None = None


def worst(levels: Sequence[Level]) -> Level:
    """The most urgent of them; OK if there are none."""
    return max(levels, key=list(Level).index, default=Level.OK)


def ends_soon(certificate: CertificateView | None) -> bool:
    """Whether somebody should renew it now; before that the log has said so."""
    if certificate is None or certificate.alarm_days is None:
        return False
    return certificate.alarm_days <= RENEW_DAYS


def is_late(upstream: Upstream, at_ms: int) -> bool:
    """Whether a report waits for so long that the store should know."""
    return upstream.oldest_ms is not None and at_ms - upstream.oldest_ms > REPORT_LATE_MS


def findings(known: Known, lanes: Sequence[LaneView], at_ms: int) -> tuple[Finding, ...]:
    """Everything besides the lanes themselves, at `at_ms`, in the order in which it is told."""
    found = [
        *_gap(known.gap),
        *_unproven(known.errands),
        *_unclosed(known.closings),
        *_strangers(lanes),
        *_untold(known.upstream, at_ms),
        *_limits(known.upstream),
        *_certificate(known.certificate),
        *_alarm(known.alarm_unheard_ms),
    ]
    if known.drafts:
        said = Said("verdict.refund_drafts", count=known.drafts)
        found.append(Finding(Level.ATTENTION, f"Refunds to decide: {known.drafts}.", said))
    return tuple(found)


def verdict(
    lanes: Sequence[LaneView], known: Known, found: Sequence[Finding], rest: Level
) -> Verdict:
    """What the store should know first; `rest` is what everything but the lanes is shown as."""
    sentence, said = _first(lanes, known, rest)
    return Verdict(
        level=worst([*([lane.level for lane in lanes] or [Level.STOP]), rest]),
        sentence=sentence,
        details=tuple(one.english for one in found),
        said=said,
        more=tuple(one.said for one in found),
    )


def _first(lanes: Sequence[LaneView], known: Known, rest: Level) -> tuple[str, Said]:
    if known.gap is not None and not known.gap.sells:
        return NO_CARD, Said("verdict.no_card_gap")
    if known.upstream.refuses and known.upstream.limits_reached:
        return "No card is taken until Stripe is told.", Said("verdict.no_card_limit")
    told, said = _of_lanes(lanes)
    if said == EVERY_LANE and rest is Level.STOP:
        return f"{told} Something else needs a person now.", Said("verdict.every_lane_but")
    return told, said


def _of_lanes(lanes: Sequence[LaneView]) -> tuple[str, Said]:
    if not lanes:
        return "No card reader is set up.", Said("verdict.no_reader")
    stopped = tuple(lane.name for lane in lanes if lane.level is Level.STOP)
    if not stopped:
        return _open(lanes)
    if len(stopped) == len(lanes):
        return "No lane can take cards.", Said("verdict.no_lane")
    return (
        f"{len(stopped)} of {len(lanes)} lanes cannot take cards: {', '.join(stopped)}.",
        Said("verdict.some_lanes", stopped, len(stopped), len(lanes)),
    )


def _open(lanes: Sequence[LaneView]) -> tuple[str, Said]:
    """No lane is stopped; some may be about to be back."""
    resting = [lane for lane in lanes if lane.level is Level.RESTING and lane.reader]
    lost = tuple(lane.name for lane in resting if not _is_away(lane))
    away = tuple(lane.name for lane in resting if _is_away(lane))
    if lost:
        told = f"A reader does not answer, and is being connected again: {', '.join(lost)}."
        return told, Said("verdict.connecting", lost)
    if away:
        told = f"A terminal restarts or updates itself, and will be back: {', '.join(away)}."
        return told, Said("verdict.back_soon", away)
    return "Every lane can take cards.", EVERY_LANE


def _is_away(lane: LaneView) -> bool:
    return lane.reader is not None and lane.reader.status is ReaderStatus.AWAY


def _gap(gap: GapView | None) -> Iterator[Finding]:
    if gap is not None:
        yield Finding(Level.STOP, MUST_LOOK, Said("verdict.facts_missing"))


def _unproven(errands: Sequence[Errand]) -> Iterator[Finding]:
    if errands:
        count = len(errands)
        told = "1 payment" if count == 1 else f"{count} payments"
        said = Said("verdict.payments_to_check", count=count)
        yield Finding(Level.STOP, f"{told} must be checked by a person.", said)


def _unclosed(closings: Sequence[DayView]) -> Iterator[Finding]:
    urgent = [day for day in closings if level(day) is not Level.OK]
    if urgent:
        names = tuple(day.label for day in urgent)
        told = f"An end of day must be looked at: {', '.join(names)}."
        said = Said("verdict.days_to_check", names, len(names))
        yield Finding(worst([level(day) for day in urgent]), told, said)


def _strangers(lanes: Sequence[LaneView]) -> Iterator[Finding]:
    used = tuple(lane.name for lane in lanes if lane.reader and lane.reader.used_elsewhere_ms)
    if used:
        told = f"Somebody else uses a terminal, by hand or by program: {', '.join(used)}."
        yield Finding(Level.ATTENTION, told, Said("verdict.used_elsewhere", used, len(used)))


def _untold(upstream: Upstream, at_ms: int) -> Iterator[Finding]:
    paused = upstream.state is UpstreamState.PAUSED
    if not (upstream.parked or paused or is_late(upstream, at_ms)):
        return
    if upstream.alarm_h is None:
        told, said = "Stripe does not have every payment yet.", Said("verdict.stripe_lacks")
    else:
        told = f"Stripe has lacked payments for more than {upstream.alarm_h} h."
        said = Said("verdict.stripe_lacks_hours", count=upstream.alarm_h)
    yield Finding(Level.ATTENTION, told, said)


def _limits(upstream: Upstream) -> Iterator[Finding]:
    if upstream.limits_reached:
        told = ", ".join(upstream.limits_reached)
        yield Finding(
            Level.STOP if upstream.refuses else Level.ATTENTION,
            f"The limit to what Stripe does not know is reached: {told}.",
            Said("verdict.limit_reached", upstream.limits_reached),
        )


def _certificate(certificate: CertificateView | None) -> Iterator[Finding]:
    if ends_soon(certificate):
        told = "The certificate that tills on the network are shown must be renewed."
        yield Finding(Level.ATTENTION, told, Said("verdict.certificate_ends"))


def _alarm(unheard_ms: int | None) -> Iterator[Finding]:
    if unheard_ms is not None:
        told = "The address for alarms does not answer: nobody is told of them."
        yield Finding(Level.ATTENTION, told, Said("verdict.alarm_unheard"))
