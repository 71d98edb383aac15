"""The check sum of the serial link: CRC-16/KERMIT by catalogue name."""

_POLYNOMIAL_REFLECTED = 0x8408


def crc16_kermit(octets: bytes) -> int:
    """CRC-16/KERMIT: reflected 0x1021, start 0, no final xor; 123456789 gives 2189.

    The standard (T 3) names it "CRC-XModem, x16+x15+x10+x3"; every terminal on record computes
    this one.
    """
    crc = 0
    for octet in octets:
        crc = (crc >> 8) ^ _TABLE[(crc ^ octet) & 0xFF]
    return crc


def _remainder(octet: int) -> int:
    """What eight shifts make of one octet."""
    for _ in range(8):
        octet = (octet >> 1) ^ (_POLYNOMIAL_REFLECTED if octet & 1 else 0)
    return octet


_TABLE = tuple(_remainder(octet) for octet in range(256))
