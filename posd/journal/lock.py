"""One posd at a time: a lock on the state directory, held until the process ends."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final

from posd.errors import AlreadyRunning

DIRECTORY_MODE: Final = 0o700
PRIVATE_UMASK: Final = 0o077
"""Whatever the process makes from here on is its owner's alone: files are 0600."""


class StateDirectory:
    """The state directory, ours alone from construction to `release`."""

    def __init__(self, path: Path) -> None:
        """Make the directory if it is missing and take its lock.

        Sets the process's umask. Raises AlreadyRunning, before any file or device is touched.
        """
        os.umask(PRIVATE_UMASK)
        with suppress(FileExistsError):
            path.mkdir(mode=DIRECTORY_MODE, parents=True)
        self.path = path
        self._descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self.release()
            raise AlreadyRunning(f"another posd holds {path}") from error
        path.chmod(DIRECTORY_MODE)

    def release(self) -> None:
        """Let another posd have it. The kernel does the same when the process ends."""
        os.close(self._descriptor)

    def __enter__(self) -> "StateDirectory":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()
