"""Pages that are drawn already: whoever looks at the same moment sees the same page.

However many look, a snapshot is drawn once for each way of looking at it.
"""

from typing import TypeAlias

from posd.snapshot.views import Snapshot

View: TypeAlias = tuple[str, bool, bool]
"""Template, whether amounts are shown, whether on a wall."""


class Drawn:
    """The pages of the latest snapshot.

    Attributes:
        templates: Those that have been drawn, of whichever snapshot: they are read from disk.
    """

    def __init__(self) -> None:
        self.templates: set[str] = set()
        self._of: Snapshot | None = None
        self._pages: dict[View, str] = {}

    def get(self, snapshot: Snapshot, view: View) -> str | None:
        """The page, if this very snapshot has been drawn so."""
        return self._pages.get(view) if self._of is snapshot else None

    def keep(self, snapshot: Snapshot, view: View, html: str) -> None:
        """The snapshot drawn so."""
        if self._of is not snapshot:
            self._of, self._pages = snapshot, {}
        self._pages[view] = html
