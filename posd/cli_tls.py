"""`posd tls`: the certificate that other machines are shown, and how they come to trust it."""

import os
import pwd
import re
import socket
from collections.abc import Sequence
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from posd import config
from posd.cli_client import AsJson, echo_json, text
from posd.clock import SystemClock, utc
from posd.config import DEFAULT_PATH, Config, LanConfig
from posd.config.fields import HOST_NAME
from posd.errors import PosdError

DIRECTORY: Final = Path("/etc/posd/tls")
SERVICE_USER: Final = "posd"
DAYS_MAX: Final = 825
"""As posd.tls.authority.CERTIFICATE_DAYS_MAX, which is loaded when a command runs."""
PORT: Final = LanConfig("127.0.0.1").port

commands = typer.Typer(
    help="What other machines are shown, and how they come to trust it.", no_args_is_help=True
)
Directory = Annotated[Path, typer.Option(help="Where the certificates lie.")]
ConfigFile = Annotated[Path, typer.Option("--config", help="The configuration file.")]
Hosts = Annotated[
    list[str] | None,
    typer.Option("--host", help="What other machines call posd by, once for each name."),
]
Days = Annotated[
    int, typer.Option(min=1, max=DAYS_MAX, help="How long the certificate is good for.")
]


class NotNamed(PosdError):
    """It is not said what other machines call posd by, or that is no name."""


@commands.command()
def init(
    *,
    host: Hosts = None,
    days: Days = DAYS_MAX,
    directory: Directory = DIRECTORY,
    as_json: AsJson = False,
    file: ConfigFile = DEFAULT_PATH,
) -> None:
    """Make an authority of the store's own, and the certificate that posd shows."""
    from posd.tls.folder import TlsFolder

    said = _said(file)
    names = _names(host or _declared(said))
    folder = TlsFolder(directory, _owner())
    folder.found(_store(said), names, utc(SystemClock().wall_ms()))
    folder.renew(_store(said), names, utc(SystemClock().wall_ms()), days)
    _tell(directory, said, as_json=as_json)


@commands.command()
def renew(
    *,
    host: Hosts = None,
    days: Days = DAYS_MAX,
    directory: Directory = DIRECTORY,
    as_json: AsJson = False,
    file: ConfigFile = DEFAULT_PATH,
) -> None:
    """Make another certificate of the same authority, for the same names unless others are said.

    Nothing else changes for who trusts the authority; a running posd takes it up within a minute.
    """
    from posd.tls.folder import TlsFolder

    said = _said(file)
    folder = TlsFolder(directory, _owner())
    names = _names(host or folder.names())
    folder.renew(_store(said), names, utc(SystemClock().wall_ms()), days)
    _tell(directory, said, as_json=as_json)


@commands.command()
def show(
    *,
    directory: Directory = DIRECTORY,
    as_json: AsJson = False,
    file: ConfigFile = DEFAULT_PATH,
) -> None:
    """Say until when the certificate is good, and what each kind of till needs to trust it."""
    _tell(directory, _said(file), as_json=as_json)


def _said(file: Path) -> Config | None:
    """The configuration, if there is one; TLS may be prepared before it. Raises ConfigError."""
    return config.load(file) if file.exists() else None


def _declared(said: Config | None) -> Sequence[str]:
    return () if said is None or said.lan is None else said.lan.names


def _names(told: Sequence[str]) -> tuple[str, ...]:
    """Lower case, once each. Raises NotNamed."""
    if not told:
        raise NotNamed(
            "say what other machines call posd by, e.g. --host till.store.lan --host 192.168.1.10, "
            "or write [lan] into the configuration first"
        )
    names = tuple(dict.fromkeys(name.lower() for name in told))
    for name in names:
        if re.fullmatch(HOST_NAME, name) is None and not _is_address(name):
            raise NotNamed(f"{name!a} is neither a host name nor an IP address")
    return names


def _is_address(name: str) -> bool:
    with suppress(ValueError):
        ip_address(name)
        return True
    return False


def _store(said: Config | None) -> str:
    name = None if said is None else said.store.name
    return socket.gethostname() if name is None else name


def _owner() -> str | None:
    """Who must be able to read the key: the service's user, where root prepares it."""
    if os.geteuid() != 0:
        return None
    with suppress(KeyError):
        return pwd.getpwnam(SERVICE_USER).pw_name
    return None


def _tell(directory: Path, said: Config | None, *, as_json: bool) -> None:
    from posd.tls.authority import fingerprint
    from posd.tls.folder import TlsFolder
    from posd.tls.trust import page_url, qr_code, trust_lines
    from posd.tls.validity import expiry_ms

    folder = TlsFolder(directory)
    authority, certificate = folder.read()
    names = folder.names()
    port = PORT if said is None or said.lan is None else said.lan.port
    url = page_url(names[0], port)
    ends = utc(expiry_ms(certificate.decode("ascii", "replace"))).date().isoformat()
    lines = trust_lines(folder.authority.name, url)
    if as_json:
        echo_json(
            {
                "certificate": str(folder.certificate),
                "names": names,
                "until": ends,
                "authority": str(folder.authority),
                "authority_sha256": fingerprint(authority),
                "url": url,
                "trust": [{"who": who, "line": line} for who, line in lines],
            }
        )
        return
    console = Console(highlight=False)
    for line in (
        f"{folder.certificate}: posd's certificate, for {', '.join(names)}, until {ends}",
        f"{folder.authority}: the store's authority; copy it to every till and phone. Its SHA-256:",
        f"  {fingerprint(authority)}",
    ):
        console.print(text(line), soft_wrap=True)
    typer.echo(qr_code(url))
    typer.echo(url)
    width = max(len(who) for who, _ in lines)
    for who, line in lines:
        console.print(text(f"  {who:<{width}}  {line}"), soft_wrap=True)
