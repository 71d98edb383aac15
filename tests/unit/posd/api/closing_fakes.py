"""Who closes days, as far as the API's tests need it."""

from dataclasses import dataclass, field

from posd.closing import DayRuling
from posd.errors import Refused, check_seen
from posd.journal.command import Answered, Claim
from posd.model.attempt import Attempt
from tests.unit.posd.api.store import Store

Asked = tuple[str, DayRuling | None, str]


@dataclass
class ClosingsFake:
    """Answers with the reader's latest end of day, or refuses.

    Attributes:
        asked: Reader, ruling, and the actor or the reason, of every call that went through.
        failure: What the next calls raise, or None.
    """

    store: Store
    asked: list[Asked] = field(default_factory=list)
    failure: Refused | None = None

    async def close(self, reader: str, *, actor: str, claim: Claim | None) -> Answered[Attempt]:
        return self._answered(reader, (reader, None, actor), claim)

    async def rule(
        self,
        reader: str,
        ruling: DayRuling,
        reason: str,
        *,
        actor: str,
        claim: Claim | None,
        seen: str | None = None,
    ) -> Answered[Attempt]:
        known = self.store.known_readers.get(reader)
        check_seen(seen, (known.end_of_day if known else None) or "")
        return self._answered(reader, (reader, ruling, f"{actor}: {reason}"), claim)

    def _answered(self, reader: str, asked: Asked, claim: Claim | None) -> Answered[Attempt]:
        known = self.store.known_readers.get(reader)
        if self.failure is not None or known is None:
            raise self.failure or Refused("resource_missing", "No such reader.", status=404)
        replayed = claim is not None and asked in self.asked
        self.asked.append(asked)
        self.store.commits += 1
        return Answered(self.store.attempts[known.end_of_day or ""], replayed)
