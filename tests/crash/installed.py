"""The command `posd`, as it is installed beside this interpreter: nothing of a test is in it."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from typing_extensions import override

from posd.failpoints import Failpoint
from tests.crash.child import Child, Nursery

COMMAND: Final = str(Path(sys.executable).with_name("posd"))


class Installed(Nursery):
    """A nursery whose posd is the command that was installed, so that all of it is real."""

    def __init__(self, before: Sequence[str] = ()) -> None:
        """`before` is what the command is run by, strace for one."""
        super().__init__()
        self.before = before

    @override
    def posd(
        self,
        config: Path,
        armed: Failpoint | None = None,
        ahead_s: int = 0,
        usb: int | None = None,
    ) -> Child:
        assert (armed, ahead_s, usb) == (None, 0, None), "a command takes none of these"
        posd = [*self.before, COMMAND, "run", "--config", str(config)]
        return self.command(posd, config.with_name("posd.log"))
