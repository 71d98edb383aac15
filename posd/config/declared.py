"""What the file declares, as the parts of posd take it."""

from posd.config.sections import Config
from posd.fleet import DeclaredReader
from posd.model.access_key import AccessKey
from posd.model.backlog import OfflineLimits
from posd.model.reader_facts import ManualCapture
from posd.model.store_facts import NamedLane


def declared_readers(config: Config) -> tuple[DeclaredReader, ...]:
    """The readers of the file."""
    return tuple(
        DeclaredReader(
            name=reader.name,
            address=reader.url,
            currency=reader.currency,
            simulated=reader.simulated,
            label=reader.label,
            location=reader.location or config.store.location,
            control=reader.control,
            manual_capture=ManualCapture(reader.manual_capture),
            tips=reader.tips,
        )
        for reader in config.reader
    )


def declared_keys(config: Config) -> tuple[AccessKey, ...]:
    """The keys of the file, as hashes."""
    return tuple(
        AccessKey(
            id=f"key_posd_{key.sha256[:16]}",
            name=key.name,
            role=key.role,
            sha256=key.sha256,
            lane=key.lane,
            declared=True,
            refund_max=key.refund_max,
        )
        for key in config.key
    )


def declared_lanes(config: Config) -> tuple[NamedLane, ...]:
    """The lanes of the file, with the ids of their readers."""
    ids = {reader.name: reader.id for reader in declared_readers(config)}
    return tuple(
        NamedLane(lane.name, ids[lane.reader], ids[lane.fallback] if lane.fallback else None)
        for lane in config.lane
    )


def lan_hosts(config: Config) -> frozenset[str]:
    """What other machines may call this one by, as a Host header has it without its port."""
    if config.lan is None:
        return frozenset()
    return frozenset(f"[{name}]" if ":" in name else name for name in config.lan.names)


def declared_limits(config: Config) -> OfflineLimits:
    """How much Stripe may not have been told of."""
    offline = config.offline
    return OfflineLimits(
        amount_max=offline.amount_max,
        count_max=offline.count_max,
        age_max_h=offline.age_max_h,
        refuses=offline.beyond == "refuse",
    )
