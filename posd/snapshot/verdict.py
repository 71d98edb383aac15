"""Can every lane take cards now, is all money accounted for, and is every day closed?"""

from collections.abc import Sequence
from typing import Final

from posd.snapshot.day_views import DayView
from posd.snapshot.days import level
from posd.snapshot.views import (
    Errand,
    LaneView,
    Level,
    Upstream,
    UpstreamState,
    Verdict,
)

REPORT_LATE_MS: Final = 10 * 60 * 1000
"""How long a report may wait before the store should know that Stripe does not have it."""


def verdict(
    lanes: Sequence[LaneView],
    errands: Sequence[Errand],
    closings: Sequence[DayView],
    upstream: Upstream,
    at_ms: int,
) -> Verdict:
    """What the store should know first, at `at_ms`."""
    levels = [lane.level for lane in lanes] or [Level.STOP]
    details = []
    if errands:
        levels.append(Level.STOP)
        details.append(
            "1 payment must be checked by a person."
            if len(errands) == 1
            else f"{len(errands)} payments must be checked by a person."
        )
    urgent = [day for day in closings if level(day) is not Level.OK]
    if urgent:
        levels += [level(day) for day in urgent]
        names = ", ".join(day.label for day in urgent)
        details.append(f"An end of day must be looked at: {names}.")
    strangers = [lane.name for lane in lanes if lane.reader and lane.reader.used_elsewhere_ms]
    if strangers:
        names = ", ".join(strangers)
        levels.append(Level.ATTENTION)
        details.append(f"Somebody else uses a terminal, by hand or by program: {names}.")
    if upstream.parked or upstream.state is UpstreamState.PAUSED or _late(upstream, at_ms):
        levels.append(Level.ATTENTION)
        details.append(_untold(upstream))
    if upstream.limits_reached:
        levels.append(Level.STOP if upstream.refuses else Level.ATTENTION)
        limits = ", ".join(upstream.limits_reached)
        details.append(f"The limit to what Stripe does not know is reached: {limits}.")
    worst = max(levels, key=list(Level).index)
    refused = bool(upstream.refuses and upstream.limits_reached)
    sentence = "No card is taken until Stripe is told." if refused else _lanes_sentence(lanes)
    return Verdict(worst, sentence, tuple(details))


def with_drafts(told: Verdict, draft_count: int) -> Verdict:
    """The verdict with the refunds that a person has to decide on."""
    if not draft_count:
        return told
    level_ = max(told.level, Level.ATTENTION, key=list(Level).index)
    detail = f"Refunds to decide: {draft_count}."
    return Verdict(level_, told.sentence, (*told.details, detail))


def _untold(upstream: Upstream) -> str:
    if upstream.alarm_h is None:
        return "Stripe does not have every payment yet."
    return f"Stripe has lacked payments for more than {upstream.alarm_h} h."


def _lanes_sentence(lanes: Sequence[LaneView]) -> str:
    stopped = [lane.name for lane in lanes if lane.level is Level.STOP]
    if not lanes:
        return "No card reader is set up."
    if not stopped:
        return _back_soon(lanes) or "Every lane can take cards."
    if len(stopped) == len(lanes):
        return "No lane can take cards."
    return f"{len(stopped)} of {len(lanes)} lanes cannot take cards: {', '.join(stopped)}."


def _back_soon(lanes: Sequence[LaneView]) -> str | None:
    resting = [lane.name for lane in lanes if lane.level is Level.RESTING]
    if not resting:
        return None
    return f"A terminal restarts or updates itself, and will be back: {', '.join(resting)}."


def _late(upstream: Upstream, at_ms: int) -> bool:
    return upstream.oldest_ms is not None and at_ms - upstream.oldest_ms > REPORT_LATE_MS
