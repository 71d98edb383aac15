"""docs/fleet.md: an image, a first boot and a wave, by the commands as they stand there.

There is one host, which is the image too; `ssh` and `scp` carry to the machine that they run on.
"""

import re
from pathlib import Path

import pytest

from tests.system.nspawn import package
from tests.system.nspawn.store import DROP_IN, TERMINAL, Store

PAGE = (package.TOP / "docs" / "fleet.md").read_text()
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LATER = "0.2.1"
COMMANDS_S = 90.0
CHAIN = b'mode = "test"\n\n[upstream]\nkind = "stripe"\nbase_url = "http://127.0.0.1:9"\n'
STORE = b"""[store]
name = "Bakery Main Street"
time_zone = "Europe/Berlin"
currency = "eur"

[[reader]]
name = "front"
url = "zvt+serial:///run/terminal/front?baud=9600"
simulated = true
"""
CARRIERS = {
    "ssh": b'#!/bin/sh\n[ "$1" != dead ] || exit 255\nshift; cd /root && exec "$@"\n',
    "scp": b'#!/bin/sh\necho "$3" >> /root/asked\n[ "$3" != dead: ] && test -f "/root/$2"\n',
}
OF_ONE_MACHINE = (
    "/etc/posd/tls/server.key",
    "/etc/posd/conf.d/50-store.toml",
    "/etc/credstore.encrypted/stripe.key",
    "/var/lib/systemd/credential.secret",
)
"""What must not get into an image."""
MARK = "/var/lib/posd/journal.high-water"
"""Of a machine that has sold: it is not for an image at all."""
XARGS_ENDED_EARLY = 124
pytestmark = pytest.mark.timeout(240)


def scripts(chapter: str) -> list[str]:
    text = PAGE.partition(f"\n## {chapter}\n")[2].partition("\n## ")[0]
    found = BLOCK.findall(text)
    assert found, chapter
    return found


def test_every_command_of_the_page_is_in_a_chapter_that_is_tried() -> None:
    chapters = ("A golden image", "A host's first boot", "An upgrade in waves")
    assert sum(len(scripts(chapter)) for chapter in chapters) == PAGE.count("```sh")


def test_an_image_a_first_boot_and_a_wave(bare: Store, built: Path) -> None:
    for file in (built, package.as_version(built, LATER)):
        bare.bring(file)
    for name, octets in (
        ("chain.toml", CHAIN),
        ("store.toml", STORE),
        ("stripe.key", b"rk_test_1"),
    ):
        bare.container.put(f"/root/{name}", octets)
    for name, carrier in CARRIERS.items():
        bare.container.put(f"/usr/local/bin/{name}", carrier)
    bare.container.run("chmod 755 /usr/local/bin/ssh /usr/local/bin/scp; echo main > /root/canary")

    def follow(script: str) -> str:
        return bare.container.run(f"set -e\ncd /root\n{script}", COMMANDS_S)

    install, close = scripts("A golden image")
    follow(install)
    for path in (*OF_ONE_MACHINE, MARK):
        bare.container.run(f"mkdir -p $(dirname {path})")
        bare.container.put(path, b"of the machine that the image was made on")
    assert bare.container.attempt(f"set -e\n{close}")[0] != 0
    assert bare.container.run("ls /etc/posd/tls").strip() == "server.key"
    bare.container.run(f"rm {MARK}")
    follow(close)
    assert not bare.container.attempt(f"ls -d {' '.join(OF_ONE_MACHINE)} 2>/dev/null")[1]
    assert bare.property("ActiveState") == "inactive"
    assert bare.container.run("stat --format=%s /etc/machine-id").strip() == "0"

    bare.container.run("systemd-machine-id-setup")
    bare.container.run("mkdir -p /etc/systemd/system/posd.service.d")
    bare.container.put("/etc/systemd/system/posd.service.d/pty.conf", DROP_IN)
    bare.container.run(f"systemctl daemon-reload\n{TERMINAL}")
    assert "Bakery Main Street" in follow(*scripts("A host's first boot"))
    assert "rk_test_1" not in bare.container.run("cat /root/stripe.key 2>/dev/null || true")
    assert bare.container.run("cat /run/credentials/posd.service/stripe.key") == "rk_test_1"

    upgrade, back = scripts("An upgrade in waves")
    bare.container.run("printf 'main\\ndead\\nnever\\n' > /root/canary")
    wave = upgrade.splitlines()[0]
    assert bare.container.attempt(f"cd /root\n{wave}", COMMANDS_S)[0] == XARGS_ENDED_EARLY
    assert bare.container.run("cat /root/asked").split() == ["main:", "dead:"]
    assert bare.release() == LATER
    bare.container.run("echo main > /root/canary")
    assert '"version"' in follow(upgrade).splitlines()[-1]
    assert (bare.property("ActiveState"), bare.release()) == ("active", LATER)
    follow(back)
    assert (bare.property("ActiveState"), bare.release()) == (
        "active",
        package.version_of(built),
    )
