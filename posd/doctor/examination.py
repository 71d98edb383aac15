"""`posd doctor`: all that a store needs of its machine, its readers and its line to Stripe."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from posd.clock import Clock
from posd.config import Config, ListenConfig, load
from posd.doctor import clock as machine_clock
from posd.doctor import disk, ports, readers, service, stripe_line, unit
from posd.doctor.account import Account, service_account
from posd.doctor.finding import Finding, Topic, not_seen, ok, to_fix
from posd.doctor.handed import Finder
from posd.doctor.machine import Machine
from posd.doctor.preflight import preflight
from posd.errors import ConfigError
from posd.service.credentials import Secret
from posd.snapshot.views import Snapshot, UpstreamState


def examination(
    machine: Machine, file: Path, socket: Path | None, clock: Clock
) -> Iterator[Finding]:
    """Every finding as it is made; the slowest legs come last.

    `socket` is where a running posd is, if not where the configuration says.
    """
    yield from preflight(machine, file)
    config = None
    with suppress(ConfigError):
        config = load(file)
    listen = ListenConfig() if config is None else config.listen
    found = service.running(socket or listen.socket)
    yield service.verdict(found) if isinstance(found, Snapshot) else found
    yield from service.at_systemd(service.properties())
    if config is not None:
        account = service_account(machine, unit.read(machine))
        yield from _around(machine, account, config, found)
    yield machine_clock.synchronised()
    if config is not None:
        yield from disk.findings(machine.at(config.store.state_dir))
        yield from _stripe(machine, config, found, clock)


def _around(
    machine: Machine, account: Account, config: Config, found: Snapshot | Finding
) -> Iterator[Finding]:
    yield from readers.rules(machine, config)
    if isinstance(found, Snapshot):
        yield from readers.as_posd_says(found)
    else:
        yield from readers.unheld(machine, account, config)
    yield from readers.plugged(config)
    yield from ports.findings(machine, config, runs=isinstance(found, Snapshot))


def _stripe(
    machine: Machine, config: Config, found: Snapshot | Finding, clock: Clock
) -> Iterator[Finding]:
    upstream = config.upstream
    if upstream.kind == "none":
        return
    service_unit = unit.read(machine)
    finder = Finder(machine, service_unit, service_account(machine, service_unit))
    key = finder.find(upstream.credential, upstream.credential_file)
    place = stripe_line.at(upstream.base_url)
    yield from stripe_line.findings(place, key if isinstance(key, Secret) else None, clock)
    if isinstance(found, Snapshot):
        yield from _as_posd_says(found)


def _as_posd_says(snapshot: Snapshot) -> Iterator[Finding]:
    """What Stripe refuses the running posd, which has the key."""
    refused = {} if snapshot.mirror is None else snapshot.mirror.refused
    for what, why in refused.items():
        permissions = "Stripe's dashboard, API keys; docs/running.md, step 5"
        yield to_fix(Topic.STRIPE, f"posd is refused {what}: {why}", permissions)
    upstream = snapshot.upstream
    match upstream.state:
        case UpstreamState.OFFLINE | UpstreamState.PAUSED:
            yield to_fix(Topic.STRIPE, f"posd: {upstream.problem}", "posd queue list")
        case UpstreamState.UNTRIED:
            yield not_seen(Topic.STRIPE, "posd has sent nothing yet")
        case UpstreamState.OK | UpstreamState.NONE:
            yield ok(Topic.STRIPE, f"posd: {upstream.waiting} reports wait, none is refused")
