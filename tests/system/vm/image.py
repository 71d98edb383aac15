"""The guest's kernel, initrd and system, built from Debian's packages; nothing is installed here.

Kept by packages, kernel, overlay and this module, so that a change of posd builds none of it.
"""

import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from tests.system.vm import cache, host

HERE = Path(__file__).parent
RELEASE = "bookworm"
PACKAGES = (
    "systemd",
    "systemd-sysv",
    "systemd-timesyncd",
    "udev",
    "kmod",
    "iproute2",
    "procps",
    "python3",
    "libusb-1.0-0",
    "usbip",
    "usbutils",
)
KERNEL_PACKAGE = "linux-image-amd64"
"""Not the cloud kernel: that one has no USB."""
BOOT_MODULES = ("virtio_pci", "virtio_blk", "ext4")
MODULES = ("virtio_console", "virtio_net", "virtio_rng", "vhci-hcd", "cdc-acm")
MASKED = (
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
    "dev-hugepages.mount",
    "dpkg-db-backup.timer",
    "e2scrub_all.timer",
    "e2scrub_reap.service",
    "fstrim.timer",
    "getty@tty1.service",
    "proc-sys-fs-binfmt_misc.automount",
    "sys-kernel-debug.mount",
    "sys-kernel-tracing.mount",
    "systemd-network-generator.service",
    "systemd-pcrphase.service",
    "systemd-pcrphase-sysinit.service",
    "systemd-update-utmp.service",
)
"""What a system that lives for two minutes does not need; each costs it seconds to start."""
TIMESYNCD = "systemd-timesyncd.service"
"""Started by the scenario: when the guest is saved there is nobody to ask."""
IMAGE_SIZE = "1G"


class Image(NamedTuple):
    """What QEMU boots."""

    key: str
    kernel: Path
    initrd: Path
    root: Path


def image() -> Image:
    """The one of this kernel and these packages, built if there is none."""
    package, version = _kernel()
    key = cache.key_of(
        RELEASE,
        *PACKAGES,
        package,
        version,
        HERE / "image.py",
        HERE / "init",
        HERE / "agent.py",
        HERE / "overlay",
    )
    folder = cache.kept("image", key, lambda fresh: _build(fresh, package))
    return Image(key, folder / "vmlinuz", folder / "initrd.gz", folder / "root.img")


def make_disk(folder: Path, disk: Path, size: str, label: str) -> None:
    """An ext4 image of that size with the files of a folder; nothing is mounted."""
    options = ("-q", "-t", "ext4", "-L", label, "-E", "root_owner=0:0", "-d", folder)
    host.run("mke2fs", *options, disk, size)


def _kernel() -> tuple[str, str]:
    """The package with the kernel that Debian recommends now, and its version."""
    shown = host.run("apt-cache", "show", "--no-all-versions", KERNEL_PACKAGE)
    depends = re.search(r"^Depends: (linux-image-\S+)", shown, re.MULTILINE)
    version = re.search(r"^Version: (\S+)", shown, re.MULTILINE)
    assert depends, shown
    assert version, shown
    return depends[1], version[1]


def _build(folder: Path, package: str) -> None:
    unpacked, tree = folder / "kernel", folder / "tree"
    # Root may write to this folder; the user that apt would do it as may not.
    host.run("apt-get", "download", "-o", "APT::Sandbox::User=root", package, cwd=folder)
    (archive,) = folder.glob("*.deb")
    host.run("dpkg-deb", "-x", archive, unpacked)
    archive.unlink()
    include = f"--include={','.join(PACKAGES)}"
    host.run("mmdebstrap", "--variant=minbase", "--format=directory", include, RELEASE, tree)
    (kernel,) = unpacked.glob("boot/vmlinuz-*")
    kernel.rename(folder / "vmlinuz")
    (modules,) = unpacked.glob("lib/modules/*")
    _make_initrd(folder / "initrd.gz", modules)
    _add_modules(tree, modules)
    _set_up(tree)
    make_disk(tree, folder / "root.img", IMAGE_SIZE, "guest")
    shutil.rmtree(unpacked)
    shutil.rmtree(tree)


def _set_up(tree: Path) -> None:
    units = tree / "etc/systemd/system"
    for unit in MASKED:
        (units / unit).symlink_to("/dev/null")
    shutil.copytree(HERE / "overlay", tree, dirs_exist_ok=True)
    shutil.copy(HERE / "agent.py", tree / "usr/local/lib/agent.py")
    wanted = units / "multi-user.target.wants"
    wanted.mkdir(exist_ok=True)
    (wanted / "agent.service").symlink_to("../agent.service")
    for link in units.glob(f"*/{TIMESYNCD}"):
        link.unlink()
    (tree / "etc/machine-id").write_text("")
    (tree / "etc/hostname").write_text("store\n")


def _add_modules(tree: Path, modules: Path) -> None:
    there = tree / "lib/modules" / modules.name
    for file in _with_dependencies(modules, MODULES):
        copy = there / file.relative_to(modules)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)
    for listing in ("modules.builtin", "modules.builtin.modinfo", "modules.order"):
        shutil.copy(modules / listing, there)
    host.run("depmod", "-b", tree, modules.name)


def _make_initrd(initrd: Path, modules: Path) -> None:
    """Busybox, the drivers of the root disk in the order in which they load, and `init`."""
    stage = initrd.with_suffix("")
    for name in ("bin", "dev", "modules", "proc", "root", "sys"):
        (stage / name).mkdir(parents=True)
    busybox = shutil.which("busybox")
    assert busybox
    shutil.copy(busybox, stage / "bin/busybox")
    shutil.copy(HERE / "init", stage / "init")
    (stage / "init").chmod(0o755)
    drivers = _with_dependencies(modules, BOOT_MODULES)
    for driver in drivers:
        shutil.copy(driver, stage / "modules")
    (stage / "modules/order").write_text("".join(f"{driver.name}\n" for driver in drivers))
    host.run("sh", "-c", f"find . | cpio --quiet -o -H newc | gzip -1 > {initrd}", cwd=stage)
    shutil.rmtree(stage)


def _with_dependencies(modules: Path, names: Iterable[str]) -> list[Path]:
    """The files of these modules and of all that they need, in the order in which they load."""
    root = modules.parents[2]
    host.run("depmod", "-b", root, modules.name)
    found: dict[Path, None] = {}
    for name in names:
        asked = ("-d", root, "-S", modules.name, "--show-depends", name)
        lines = host.run("modprobe", *asked).splitlines()
        # The rest are "builtin".
        found |= {Path(line.split()[1]): None for line in lines if line.startswith("insmod")}
    return list(found)
