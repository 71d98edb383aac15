"""Whether somebody beside posd has used a terminal: by hand, or with another program (M5)."""

from posd.model import turnover
from posd.model.attempt import Attempt, AttemptState
from posd.model.facts import AttemptKind, Proof
from posd.model.reader import Reader

NOTHING_BOOKED = frozenset(
    {
        AttemptState.DECLINED,
        AttemptState.ABORTED,
        AttemptState.NOT_SENT,
        AttemptState.NOT_CHARGED,
    }
)


def has_moved(reader: Reader, latest: Attempt | None, receipt: int) -> bool:
    """Whether the terminal's last receipt number is another than posd knows of.

    `latest` is the latest attempt there. Where posd cannot know the number, nothing has moved.
    """
    if reader.left_at is not None:
        return receipt != reader.left_at
    if latest is None or latest.kind is AttemptKind.END_OF_DAY:
        return False
    before = latest.baseline.receipt
    if latest.proof is not Proof.PERSON and latest.state is AttemptState.APPROVED:
        booked = None if latest.told is None else latest.told.receipt
        return booked is not None and receipt != booked
    if before is None:
        return False
    if latest.proof is not Proof.PERSON and latest.state in NOTHING_BOOKED:
        return receipt != before
    return receipt != before and not turnover.follows(before, receipt)


def began_anew(reader: Reader, latest: Attempt | None, receipt: int) -> bool:
    """Whether the numbers went back, as they do at some makes with an end of day."""
    before = None if latest is None else latest.baseline.receipt
    known = before if reader.left_at is None else reader.left_at
    return known is not None and receipt < known and not turnover.follows(known, receipt)
