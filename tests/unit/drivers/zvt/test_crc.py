from posd_drivers.zvt.crc import crc16_kermit


def test_the_check_value_of_the_catalogue() -> None:
    assert crc16_kermit(b"123456789") == 0x2189


def test_no_octets_leave_the_start_value() -> None:
    assert crc16_kermit(b"") == 0x0000


def test_the_worked_example_of_an_acknowledgement() -> None:
    """zvt.md 2.3: the APDU 80 00 00, then the single byte 03."""
    assert crc16_kermit(bytes.fromhex("80 00 00 03")) == 0x1FF5
