"""`posd check`: whether posd would start as the machine stands now. Nothing is changed."""

import shlex
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

from posd.clock import SystemClock, utc
from posd.config import Config, load
from posd.config.sources import files
from posd.doctor import state, unit
from posd.doctor.account import Account, obstacle, service_account
from posd.doctor.finding import Finding, Topic, not_seen, ok, to_fix
from posd.doctor.handed import Finder, Missing, Unseen
from posd.doctor.machine import Machine
from posd.errors import ConfigError
from posd.naming import UNNAMED
from posd.service.credentials import Secret, check_stripe_key, credential_path
from posd.tls.shown import ShownCertificate
from posd_drivers import catalogue

ALARM_CREDENTIAL: Final = "alarm.token"
"""What it is called where only a file is named."""


def preflight(machine: Machine, file: Path) -> Iterator[Finding]:
    """Configuration, credentials, state directory and journal, in this order."""
    service = unit.read(machine)
    account = service_account(machine, service)
    if not file.exists():
        example = f"posd config example > {shlex.quote(str(file))}  # then edit it"
        yield to_fix(Topic.CONFIGURATION, f"{file}: there is none", example)
        return
    yield from _readable(account, file)
    try:
        config = load(file)
    except ConfigError as error:
        for line in str(error).splitlines():
            yield to_fix(Topic.CONFIGURATION, line)
        return
    yield _summary(config, file)
    finder = Finder(machine, service, account)
    yield from _credentials(config, finder)
    yield from _certificate(config, finder)
    yield from state.findings(machine, account, machine.at(config.store.state_dir))


def _readable(account: Account, file: Path) -> Iterator[Finding]:
    """Whether posd's own user reads what whoever looks has read."""
    try:
        for one in files(file):
            hidden = obstacle(account, one)
            if hidden is not None:
                named = shlex.quote(str(one))
                fix = f"chgrp {account.name} {named} && chmod 640 {named}"
                yield to_fix(Topic.CONFIGURATION, hidden, fix)
    except (OSError, ConfigError):
        return  # the configuration itself tells it


def _summary(config: Config, file: Path) -> Finding:
    count = len(files(file)) - 1
    more = f" and {count} of conf.d" if count else ""
    return ok(
        Topic.CONFIGURATION,
        f"{file}{more}: valid. {config.store.name or UNNAMED}, mode {config.mode}, readers: "
        f"{len(config.reader)}, lanes: {len(config.lane)}, keys: {len(config.key)}",
    )


def _credentials(config: Config, finder: Finder) -> Iterator[Finding]:
    upstream, alarm = config.upstream, config.alarm
    if upstream.kind == "stripe":
        check = partial(
            check_stripe_key,
            livemode=config.mode == "live",
            allow_test_upstream=upstream.allow_test_upstream,
        )
        yield _credential(finder, upstream.credential, upstream.credential_file, check)
    if alarm is not None and (alarm.credential or alarm.credential_file):
        name = alarm.credential or ALARM_CREDENTIAL
        yield _credential(finder, name, alarm.credential_file, lambda _: None)
    mqtt = config.mqtt
    if mqtt is not None and mqtt.username is not None:
        yield _credential(finder, mqtt.credential, mqtt.credential_file, lambda _: None)
    for reader in config.reader:
        if reader.password_credential is not None:
            check = partial(_check_password, reader.currency)
            yield _credential(finder, reader.password_credential, None, check)


def _credential(
    finder: Finder, name: str, fallback: Path | None, check: Callable[[Secret], None]
) -> Finding:
    """Whether it is there for posd, and of the right shape; never what it is."""
    match finder.find(name, fallback):
        case Missing(told, fix):
            return to_fix(Topic.CREDENTIALS, told, *fix)
        case Unseen(told, fix):
            return not_seen(Topic.CREDENTIALS, told, fix)
        case Secret() as secret:
            try:
                check(secret)
            except ConfigError as error:
                return to_fix(Topic.CREDENTIALS, f"credential '{name}': {error}")
            return ok(Topic.CREDENTIALS, f"credential '{name}': there, and of the right shape")


def _check_password(currency: str, password: Secret) -> None:
    """Raises ConfigError for what is no password of a terminal."""
    try:
        catalogue.ReaderSettings(currency=currency, password=password.reveal())
    except catalogue.BadSettings as error:
        raise ConfigError(str(error)) from error


def _certificate(config: Config, finder: Finder) -> Iterator[Finding]:
    """What other machines would be shown, if they may call."""
    lan = config.lan
    if lan is None:
        return
    key = finder.place(lan.key_credential, lan.key_file)
    if key is None:
        told = f"{lan.certificate}: its key is encrypted; posd sees at its start whether they fit"
        yield not_seen(Topic.CREDENTIALS, told)
        return
    find_key = partial(
        credential_path, lan.key_credential, key, finder.machine.environ, finder.account.uid
    )
    try:
        view = ShownCertificate(finder.machine.at(lan.certificate), find_key, SystemClock()).view()
    except ConfigError as error:
        yield to_fix(Topic.CREDENTIALS, str(error), "posd tls init")
        return
    ends = utc(view.expires_ms).date().isoformat()
    told = f"{lan.certificate}: fits its key, good until {ends}"
    if view.alarm_days is None:
        yield ok(Topic.CREDENTIALS, told)
    else:
        yield to_fix(Topic.CREDENTIALS, told, "posd tls renew")
