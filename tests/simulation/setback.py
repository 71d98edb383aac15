"""The journal is put back from a backup: what posd has forgotten with it, and who knows better.

The tills, the terminals and Stripe forget nothing. What they know of the lost facts is posd's to
find out; what nobody but the lost facts knew is a person's, who accepts the gap.
"""

from dataclasses import replace

from tests.simulation.evidence import Evidence
from tests.simulation.history import AttemptSeen, History


def forget(seen: Evidence, now_s: float) -> None:
    """From here on the journal is what its disk has now; what is gone with the rest is noted."""
    before, after = seen.history, seen.history.anew()
    for entry in after.unread():
        after.take(entry, now_s)
    for attempt in after.attempts.values():
        attempt.started_s = before.attempts[attempt.id].started_s
    seen.history = after
    seen.told_seq = after.head
    _note_lost(seen, before)
    for intent in seen.lost_intents:
        seen.paid_s.pop(intent, None)
    seen.made_with = {
        key: intent for key, intent in seen.made_with.items() if intent not in seen.lost_intents
    }
    for closed in seen.closed.values():
        closed[:] = [
            replace(one, attempt=None) if one.attempt in seen.lost_attempts else one
            for one in closed
        ]


def _note_lost(seen: Evidence, before: History) -> None:
    """The payments of which posd has forgotten anything, and those that Stripe cannot tell of."""
    for one in before.attempts.values():
        if not _same(one, seen.history.attempts.get(one.id)):
            order = before.intents[one.intent].amount if one.intent else 0
            seen.lost_attempts[one.id] = order
            seen.lost |= {one.amount, order}
            seen.lost_intents.add(one.intent)
            if not seen.guaranteed.get(one.id):
                seen.mistaken |= {one.amount, order}
    for intent in before.intents.values():
        known = seen.history.intents.get(intent.id)
        if known is None or (known.captured_s is None and intent.captured_s is not None):
            seen.lost_intents.add(intent.id)
            seen.lost.add(intent.amount)


def _same(before: AttemptSeen, after: AttemptSeen | None) -> bool:
    return after is not None and after.state == before.state
