"""Every reader that posd holds, as the snapshot shows it."""

from posd.snapshot.views import ReaderView, Snapshot


def held_readers(snapshot: Snapshot) -> dict[str, ReaderView]:
    """By id, each once, in the order of the lanes."""
    found = [lane.reader for lane in snapshot.lanes if lane.reader is not None]
    found += [reader for location in snapshot.locations for reader in location.readers]
    return {reader.id: reader for reader in found}
