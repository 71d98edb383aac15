"""Where this machine keeps what is looked at: one seam, so that a test can lay out another one."""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct


class Machine(Struct, frozen=True):
    """The machine that posd runs on.

    Attributes:
        user: Numeric id of whoever looks.
        root: What its paths begin with: `/`.
        environ: Of this process; systemd says there where it has put credentials.
    """

    user: int
    environ: Mapping[str, str]
    root: Path = Path("/")

    @property
    def sees_all(self) -> bool:
        """Whether nothing is closed to whoever looks."""
        return self.user == 0

    def at(self, path: str | Path) -> Path:
        """An absolute path of that machine, as this process reaches it."""
        return self.root / str(path).lstrip("/")
