"""What the host must have, and which Debian packages bring it."""

import os
import platform
import shutil
import subprocess

from tests.system.vm.image import KERNEL_PACKAGE

PACKAGES = {
    "qemu-system-x86_64": "qemu-system-x86",
    "qemu-img": "qemu-utils",
    "mmdebstrap": "mmdebstrap",
    "mke2fs": "e2fsprogs",
    "busybox": "busybox-static",
    "cpio": "cpio",
    "modprobe": "kmod",
    "zstd": "zstd",
}
"""Each program with the package that has it."""
INSTALL = f"apt-get install --no-install-recommends {' '.join(PACKAGES.values())}"


def missing() -> str | None:
    """Why no machine can be built here, in one line; None where one can."""
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        return f"it needs Linux on x86_64, and this is {platform.system()} {platform.machine()}"
    if os.geteuid() != 0:
        return "it needs root: mmdebstrap and chroot make the guest's system"
    if shutil.which("apt-get") is None:
        return "it needs Debian's apt-get, which brings the guest's kernel and packages"
    absent = [program for program in PACKAGES if shutil.which(program) is None]
    if absent:
        return f"there is no {', '.join(absent)}; as root: {INSTALL}"
    if subprocess.run(
        ["apt-cache", "show", KERNEL_PACKAGE], capture_output=True, check=False
    ).returncode:
        return f"apt knows no {KERNEL_PACKAGE}: not a Debian, or apt-get update has not run"
    return None
