"""Programs of the host: what they say, and nothing of it on the screen while all goes well."""

import subprocess
from pathlib import Path


class HostFailed(Exception):
    """A program of the host ended badly; the text has what it said."""


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """What a program says on standard output. Raises HostFailed unless it ends with 0."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip()
        raise HostFailed(f"status {done.returncode} of: {' '.join(map(str, command))}\n{said}")
    return done.stdout
