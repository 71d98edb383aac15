"""A machine laid out in a folder: its configuration, its unit, its state directory."""

import os
from collections.abc import Mapping
from pathlib import Path

from posd.doctor.machine import Machine

CONFIG = """\
mode = "test"
[store]
time_zone = "Europe/Paris"
currency = "eur"
[[reader]]
name = "front"
url = "zvt+tcp://127.0.0.1:20007"
simulated = true
"""
STRIPE = '[upstream]\nkind = "stripe"\ncredential_file = "/etc/posd/stripe.key"\n'
TEST_KEY = "rk_test_51Canary"


class StoreMachine:
    """Where a test writes what posd's commands are to find.

    Attributes:
        file: posd's configuration.
        state: posd's state directory, made.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.file = self.write("/etc/posd/posd.toml", CONFIG)
        self.state = root / "var/lib/posd"
        self.state.mkdir(parents=True, mode=0o700)

    def as_seen(self, environ: Mapping[str, str] | None = None) -> Machine:
        """By whoever runs the test."""
        return Machine(os.geteuid(), environ or {}, self.root)

    def write(self, path: str, text: str, mode: int = 0o644) -> Path:
        """A file of that machine."""
        file = self.root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(mode)
        return file

    def says(self, more: str) -> None:
        """The configuration, with `more` in front of its readers."""
        self.write("/etc/posd/posd.toml", CONFIG.replace("[[reader]]", f"{more}[[reader]]"))
