"""What the host must have, and which Debian packages bring it."""

import os
import platform
import shutil

PACKAGES = {
    "systemd-nspawn": "systemd-container",
    "mmdebstrap": "mmdebstrap",
    "dpkg-deb": "dpkg",
    "nsenter": "util-linux",
}
"""Each program with the package that has it."""


def missing() -> str | None:
    """Why no container can be booted here, in one line; None where one can."""
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        return f"it needs Linux on x86_64, and this is {platform.system()} {platform.machine()}"
    if os.geteuid() != 0:
        return "it needs root: mmdebstrap and systemd-nspawn do"
    if absent := [program for program in PACKAGES if shutil.which(program) is None]:
        return f"there is no {', '.join(absent)} (make deps)"
    return None
