"""The command `posd`. `posd run` starts the daemon without loading the operator's libraries.

Exit statuses are those of sysexits.h: 64 wrong usage or configuration, 69 posd is not running, 70
the journal is damaged or failed, 75 another posd runs, 77 no permission.
"""

import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path


def main() -> None:
    """Carry out the command line and exit with its status.

    pydantic does not look through every installed package for plugins: posd has none.
    """
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    sys.exit(carry_out(sys.argv[1:]))


def carry_out(arguments: Sequence[str]) -> int:
    """The exit status of one command; what went wrong is told on standard error."""
    config = _daemon_config(arguments)
    if config is None:
        from posd.cli import operate

        return operate(arguments)
    gc.disable()  # what is loaded now stays: until the daemon is ready there is nothing to collect
    try:
        from posd.daemon import run

        return run(config)
    finally:
        gc.enable()


def _daemon_config(arguments: Sequence[str]) -> Path | None:
    """The file of `posd run [--config FILE]`; None for every other command line."""
    match list(arguments):
        case ["run"]:
            from posd.config import DEFAULT_PATH

            return DEFAULT_PATH
        case ["run", "--config", path]:
            return Path(path)
        case ["run", joined] if joined.startswith("--config="):
            return Path(joined.removeprefix("--config="))
        case _:
            return None


if __name__ == "__main__":
    main()
