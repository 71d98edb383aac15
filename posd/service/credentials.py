"""Secrets handed to the service: by systemd, or in a file that only posd can read.

Never from the environment and never from the command line: both can be read by other processes.
"""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from typing_extensions import override

from posd.errors import ConfigError

CREDENTIAL_BYTES_MAX: Final = 4096
STRIPE_PERMISSIONS: Final[Mapping[str, str]] = {
    "Account": "read",
    "Payment Records": "write",
    "Terminal connection tokens": "write",
    "Terminal locations": "write",
    "Terminal readers": "write",
    "Terminal configurations": "write",
    "Terminal hardware orders": "write",
}
"""What posd calls at Stripe, as the permissions of a restricted key; all others stay at None.

Stripe documents no list of them: the dashboard may name one otherwise, or join two.
"""


class Secret:
    """A text that prints as nothing but its length."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The secret itself, for the one place that needs it."""
        return self._text

    @override
    def __repr__(self) -> str:
        return f"<secret of {len(self._text)} characters>"


def read_credential(
    name: str, fallback: Path | None, environ: Mapping[str, str], user: int | None = None
) -> Secret:
    """The credential `name`.

    Read from systemd's credentials directory (systemd.exec(5), LoadCredential=), or else from the
    file `fallback`, which must belong to this user (or `user`) or root and be closed to everybody
    else. Surrounding white space is not part of it. Raises ConfigError, which never holds the
    secret.
    """
    directory = environ.get("CREDENTIALS_DIRECTORY")
    if directory and (handed := Path(directory) / name).exists():
        return _read(name, handed)
    if fallback is None:
        raise ConfigError(
            f"credential '{name}': found nothing, expected LoadCredential={name}:PATH in the unit "
            "or a file named in the configuration (docs/running.md)"
        )
    return _read(name, fallback, owner=os.geteuid() if user is None else user)


def credential_path(
    name: str, fallback: Path, environ: Mapping[str, str], user: int | None = None
) -> Path:
    """Where the credential `name` lies, for what only reads files: as `read_credential` finds it.

    Raises ConfigError.
    """
    directory = environ.get("CREDENTIALS_DIRECTORY")
    if directory and (handed := Path(directory) / name).exists():
        return handed
    try:
        _refuse_open_file(name, fallback, fallback.stat(), os.geteuid() if user is None else user)
    except OSError as error:
        raise ConfigError(f"credential '{name}': {fallback}: {error.strerror}") from error
    return fallback


def check_stripe_key(key: Secret, *, livemode: bool, allow_test_upstream: bool = False) -> None:
    """Refuse a key that can do too much, or that belongs to the other mode.

    In live mode only a restricted live key opens Stripe (or, on a bench that says so, a test key);
    in test mode only test keys do. Raises ConfigError.
    """
    kind = "_".join(key.reveal().split("_", 2)[:2])
    match kind:
        case "sk_live":
            raise ConfigError(
                "Stripe key: found a secret key (sk_live_), which can move all the money of the "
                f"account; expected a restricted key (rk_live_) with {_permissions()}"
            )
        case "rk_live" if livemode:
            return
        case "rk_test" | "sk_test" if not livemode or allow_test_upstream:
            return
        case "rk_live":
            raise ConfigError('Stripe key: found a live key, expected a test key: mode = "test"')
        case "rk_test" | "sk_test":
            raise ConfigError(
                "Stripe key: found a test key, expected a restricted live key (rk_live_): "
                'mode = "live" (upstream.allow_test_upstream is for a bench)'
            )
        case _:
            raise ConfigError(
                "Stripe key: found something else, expected a restricted key "
                f"(rk_live_ or rk_test_) with {_permissions()}"
            )


def _permissions() -> str:
    granted = ", ".join(f"{name}: {level}" for name, level in STRIPE_PERMISSIONS.items())
    return f"the permissions {granted}, and None for the rest"


def _read(name: str, path: Path, owner: int | None = None) -> Secret:
    """What it says; a file of `owner`'s if one is named."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if owner is not None:
                _refuse_open_file(name, path, status, owner)
            raw = file.read(CREDENTIAL_BYTES_MAX + 1)
    except OSError as error:
        raise ConfigError(f"credential '{name}': {path}: {error.strerror}") from error
    text = raw.decode("ascii", "replace").strip()
    if not text or len(raw) > CREDENTIAL_BYTES_MAX or not text.isprintable() or "\ufffd" in text:
        raise ConfigError(
            f"credential '{name}': {path}: expected one line of at most "
            f"{CREDENTIAL_BYTES_MAX} ASCII characters"
        )
    return Secret(text)


def _refuse_open_file(name: str, path: Path, status: os.stat_result, owner: int) -> None:
    if not stat.S_ISREG(status.st_mode) or status.st_uid not in {0, owner}:
        raise ConfigError(f"credential '{name}': {path}: expected a file of this user or root")
    if status.st_mode & 0o077:
        raise ConfigError(
            f"credential '{name}': {path}: found mode {stat.S_IMODE(status.st_mode):04o}, "
            "expected 0600 or less: it is readable by others"
        )
