"""Which machine this is, as far as a journal needs to know it again."""

import hashlib
from pathlib import Path
from typing import Final

MACHINE_ID: Final = Path("/etc/machine-id")
"""Made when a system is installed, and by whoever clones one for its copy (machine-id(5))."""
SALT: Final = b"posd-jnl"
"""machine-id(5): the id itself is not to leave the machine, a hash of it may."""
DIGEST_OCTETS: Final = 16
ID_CHARACTERS: Final = 32


def machine(path: Path = MACHINE_ID) -> str:
    """Hash of this machine's id, as hex digits; "" where it has none or cannot be read."""
    try:
        id_ = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""
    if len(id_) != ID_CHARACTERS:
        return ""
    return hashlib.blake2s(id_.encode(), digest_size=DIGEST_OCTETS, person=SALT).hexdigest()
