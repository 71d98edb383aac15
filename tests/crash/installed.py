"""The command `posd`, as it is installed beside this interpreter: nothing of a test is in it."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from typing_extensions import override

from posd.failpoints import Failpoint
from tests.crash.child import Child, Nursery

COMMAND: Final = str(Path(sys.executable).with_name("posd"))


class Installed(Nursery):
    """A nursery whose posd is the command: started, not forked, so that all of it is real."""

    def __init__(self, before: Sequence[str] = ()) -> None:
        """`before` is what the command is run by, strace for one."""
        super().__init__()
        self.before = before
        self._commands: dict[int, subprocess.Popen[bytes]] = {}

    @override
    def posd(
        self,
        config: Path,
        armed: Failpoint | None = None,
        ahead_s: int = 0,
        usb: int | None = None,
    ) -> Child:
        assert (armed, ahead_s, usb) == (None, 0, None), "a command takes none of these"
        with config.with_name("posd.log").open("ab") as log:
            command = subprocess.Popen(
                [*self.before, COMMAND, "run", "--config", str(config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._commands[command.pid] = command
        return self.adopt(command.pid)

    @override
    def ask(self, order: dict[str, object]) -> int | None:
        match order:
            case {"pid": int(pid)} if pid in self._commands:
                return self._commands[pid].poll()
            case _:
                return super().ask(order)
