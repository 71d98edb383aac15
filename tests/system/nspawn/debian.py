"""A bare Debian 12 with what the package depends on, made once; nothing is installed here."""

from pathlib import Path

from tests.system.vm import cache, host

RELEASE = "bookworm"
PACKAGES = ("systemd", "systemd-sysv", "dbus", "iproute2", "python3", "libusb-1.0-0", "procps")
HERE = Path(__file__)


def root() -> Path:
    """Its files, from the mirror that this machine's apt is told of."""
    key = cache.key_of(RELEASE, *PACKAGES, HERE)
    return cache.kept("nspawn", key, _build) / "root"


def _build(folder: Path) -> None:
    include = f"--include={','.join(PACKAGES)}"
    tree = folder / "root"
    host.run("mmdebstrap", "--variant=minbase", "--format=directory", include, RELEASE, tree)
    (tree / "etc/machine-id").write_text("uninitialized\n")
    (tree / "etc/hostname").write_text("store\n")
    # A repository is nothing that an installation of the package may need.
    (tree / "etc/apt/sources.list").write_text("")
