"""What machines show: copied from `lsusb -v`, sysfs and pyserial's list, by hand."""

from typing import Final

from posd_drivers.plugged.seen import SeenTty, SeenUsb

CDC: Final = ((0x02, 0x02, 0x01), (0x0A, 0x00, 0x00))
KEYBOARD: Final = ((0x03, 0x01, 0x01),)
VENDOR_BULK: Final = ((0xFF, 0x00, 0x00),)
BY_ID: Final = "/dev/serial/by-id"
BY_PATH: Final = "/dev/serial/by-path"


def lane5000(
    tty: str = "/dev/ttyACM0", serial: str | None = "1234567", port_path: str = "1-4.2"
) -> SeenTty:
    """Ingenico's terminal as a modem: two interfaces, of which the first is in the location."""
    return SeenTty(
        path=tty,
        vendor=0x0B00,
        product=0x0081,
        serial=serial,
        location=f"{port_path}:1.0",
        manufacturer="Ingenico",
        product_name="Lane 5000",
        by_id=f"{BY_ID}/usb-Ingenico_Lane_5000_{serial}-if00" if serial else None,
        by_path=f"{BY_PATH}/pci-0000:00:14.0-usb-0:{port_path[2:]}:1.0",
    )


def adapter(number: int, interfaces: int = 1, serial: str | None = "FT6S4DSP") -> SeenTty:
    """A port of FTDI's adapters: an FT232R, or with four interfaces an FT4232H."""
    location = "1-3" if interfaces == 1 else f"1-3:1.{number}"
    return SeenTty(
        path=f"/dev/ttyUSB{number}",
        vendor=0x0403,
        product=0x6001 if interfaces == 1 else 0x6011,
        serial=serial,
        location=location,
        manufacturer="FTDI",
        product_name="FT232R USB UART",
        by_id=f"{BY_ID}/usb-FTDI_FT232R_USB_UART_{serial}-if0{number}-port0" if serial else None,
        by_path=f"{BY_PATH}/pci-0000:00:14.0-usb-0:3:1.{number}-port0",
    )


def bulk_terminal(serial: str | None = "SIM0001", port_path: str = "1-1") -> SeenUsb:
    """The simulator's device without a serial port."""
    return SeenUsb(0x1209, 0x0001, port_path, VENDOR_BULK, serial, "posd", "Card terminal")
