"""The tags of TLV objects: a row each, in the order of zvt.md 13 (A, table of tags).

What a row says is acted on: card data is dropped (`tlv`), and what a message may tell loose or
inside another object is looked for in both places (`fields`). A tag without a row stays as it is.
"""

from msgspec import Struct

from posd_drivers.zvt.coding import Coding


class Tag(Struct, frozen=True):
    """A row of the table.

    Attributes:
        number: Its octets on the wire, as one number.
        name: The standard's word for it, as an identifier.
        coding: What its value is. The length is the object's own.
        section: Of docs/zvt.md, where it is used.
        within: The tag some terminals put it into, and others do not; None where the place is
            fixed, or does not matter here.
    """

    number: int
    name: str
    coding: Coding
    section: str
    within: int | None = None


_BCD = Coding.BCD
_CARD = Coding.CARD
_NIBBLES = Coding.NIBBLES
_OBJECTS = Coding.OBJECTS
_OCTETS = Coding.OCTETS
_TEXT = Coding.TEXT
_APPLICATION = 0x60
_HOW_PAID = 0x2F

TABLE = (
    Tag(0x07, "text_line", _TEXT, "8.4"),
    Tag(0x08, "receipt", _BCD, "14.10"),
    Tag(0x09, "attribute", _OCTETS, "8.4"),
    Tag(0x0A, "command", _OCTETS, "6.2"),
    Tag(0x0B, "info_text", _TEXT, "13"),
    Tag(0x0C, "info_text_2", _TEXT, "13"),
    Tag(0x10, "merchant_display", _BCD, "6.2"),  # lines and columns, SSZZ
    Tag(0x11, "customer_display", _BCD, "6.2"),
    Tag(0x12, "printer_columns", _BCD, "6.2"),
    Tag(0x13, "result_text", _TEXT, "13"),  # Y1, Z3 …
    Tag(0x14, "charset", _OCTETS, "5.4"),
    Tag(0x15, "language", _TEXT, "13"),
    Tag(0x16, "menu_type", _OCTETS, "13"),
    Tag(0x17, "menu_context", _OCTETS, "13"),
    Tag(0x18, "menu_target", _OCTETS, "13"),
    Tag(0x19, "menu_value", _OCTETS, "13"),
    Tag(0x1A, "apdu_bytes_max", _OCTETS, "6.2"),  # high byte first
    Tag(0x1B, "diagnosis_kind", _OCTETS, "13"),
    Tag(0x1C, "file_block", _OCTETS, "6.8"),
    Tag(0x1D, "file_id", _OCTETS, "6.8"),
    Tag(0x1E, "file_offset", _OCTETS, "6.8"),
    Tag(0x1F00, "file_bytes", _OCTETS, "6.8"),
    Tag(0x20, "fleet", _OBJECTS, "6.3"),
    Tag(0x21, "goods_allowed", _OBJECTS, "13"),
    Tag(0x22, "goods_refused", _OBJECTS, "13"),
    Tag(0x23, "open_preauthorisations", _OBJECTS, "14.10"),
    Tag(0x24, "display_texts", _OBJECTS, "8.2"),
    Tag(0x25, "print_texts", _OBJECTS, "8.4"),
    Tag(0x26, "commands", _OBJECTS, "6.2"),
    Tag(0x27, "charsets", _OBJECTS, "5.4"),
    Tag(0x28, "languages", _OBJECTS, "6.2"),
    Tag(0x29, "menus", _OBJECTS, "6.2"),
    Tag(0x2A, "menus_2a", _OBJECTS, "6.2"),
    Tag(0x2B, "menu", _OBJECTS, "8"),
    Tag(0x2C, "menu_item", _OBJECTS, "8"),
    Tag(0x2D, "file", _OBJECTS, "6.8"),
    Tag(0x2E, "timestamp", _OBJECTS, "13"),
    Tag(0x2F, "how_paid", _OBJECTS, "13"),
    Tag(0x30, "card_filter", _OBJECTS, "6.3"),
    Tag(0x31, "amount_in_currency", _OBJECTS, "13"),
    Tag(0x32, "input", _OBJECTS, "8"),
    Tag(0x33, "status_33", _OBJECTS, "8.3"),
    Tag(0x34, "timestamp_34", _OBJECTS, "8.3"),
    Tag(0x35, "timestamp_35", _OBJECTS, "8.3"),
    Tag(0x40, "emv_wishes", _OCTETS, "13"),
    Tag(0x41, "card_type", _OCTETS, "12.4", _APPLICATION),
    Tag(0x42, "application_label", _TEXT, "13", _APPLICATION),
    Tag(0x43, "aid", _OCTETS, "13", _APPLICATION),
    Tag(0x44, "application_preferred_name", _TEXT, "13", _APPLICATION),
    Tag(0x45, "receipt_need", _OCTETS, "8.5"),
    Tag(0x46, "emv_print_customer", _TEXT, "8.5"),
    Tag(0x47, "emv_print_merchant", _TEXT, "8.5"),
    Tag(0x48, "priority", _OCTETS, "13"),
    Tag(0x49, "network_card_type", _OCTETS, "13"),
    Tag(0x4A, "product_name", _TEXT, "12.4", _APPLICATION),
    Tag(0x4B, "issuer_country", _OCTETS, "13"),
    Tag(0x4C, "card_uid", _OCTETS, "13"),
    Tag(0x4D, "ef_id", _CARD, "13"),
    Tag(0x60, "application", _OBJECTS, "8.1"),
    Tag(0x61, "applications_stripe", _OBJECTS, "13"),
    Tag(0x62, "applications_chip", _OBJECTS, "13"),
    Tag(0x64, "receipt_header", _OBJECTS, "13"),
    Tag(0x65, "receipt_advert", _OBJECTS, "13"),
    Tag(0x66, "receipt_customer_part", _OBJECTS, "8.5"),
    Tag(0x67, "receipt_merchant_part", _OBJECTS, "8.5"),
    Tag(0x68, "receipt_outcome", _OBJECTS, "13"),
    Tag(0x69, "reference_transaction", _OBJECTS, "13"),
    Tag(0x6A, "application_invalid", _OBJECTS, "13"),
    Tag(0x1F01, "receipt_id", _OCTETS, "9.2"),
    Tag(0x1F02, "receipts_from", _OCTETS, "9.2"),
    Tag(0x1F03, "receipts_to", _OCTETS, "9.2"),
    Tag(0x1F04, "receipt_rules", _OCTETS, "13"),
    Tag(0x1F05, "transaction_rules", _OCTETS, "13"),
    Tag(0x1F06, "preauthorisation_kind", _OCTETS, "13"),
    Tag(0x1F07, "receipt_type", _OCTETS, "8.4"),
    Tag(0x1F08, "track_1", _CARD, "5.1"),
    Tag(0x1F0B, "preauthorisation_amount_max", _BCD, "13"),
    Tag(0x1F0E, "date", _BCD, "13"),  # YYYYMMDD
    Tag(0x1F0F, "time", _BCD, "13"),  # HHMMSS
    Tag(0x1F10, "verification", _OCTETS, "13", _HOW_PAID),
    Tag(0x1F11, "online", _OCTETS, "13", _HOW_PAID),
    Tag(0x1F12, "read_method", _OCTETS, "13", _HOW_PAID),
    Tag(0x1F13, "action_wanted", _OCTETS, "13"),
    Tag(0x1F14, "card_token", _OCTETS, "13"),
    Tag(0x1F15, "reading_control", _OCTETS, "13"),
    Tag(0x1F16, "vendor_error_code", _OCTETS, "8.1"),
    Tag(0x1F17, "vendor_error_text", _TEXT, "8.1"),
    Tag(0x1F19, "cards_allowed", _OCTETS, "13"),
    Tag(0x1F1A, "cards_denied", _OCTETS, "13"),
    Tag(0x1F1D, "amount_kind", _OCTETS, "8.5"),
    Tag(0x1F1E, "amount_decimals", _OCTETS, "13"),
    Tag(0x1F1F, "last_receipt", _BCD, "9.3"),
    Tag(0x1F20, "amount", _BCD, "13"),
    Tag(0x1F21, "amount_currency", _BCD, "13"),
    Tag(0x1F25, "cashback", _BCD, "6.3"),
    Tag(0x1F26, "end_of_day_kind", _OCTETS, "13"),
    Tag(0x1F2B, "long_trace", _BCD, "8.1"),
    Tag(0x1F2E, "barcode_type", _OCTETS, "8.4"),
    Tag(0x1F2F, "barcode", _OCTETS, "8.4"),
    Tag(0x1F30, "purse_top_up", _BCD, "13"),
    Tag(0x1F36, "tip", _BCD, "6.3"),
    Tag(0x1F37, "receipt_info", _OCTETS, "8.4"),
    Tag(0x1F38, "input_mode", _OCTETS, "8"),
    Tag(0x1F39, "input_timeout", _OCTETS, "8"),  # high byte first
    Tag(0x1F3A, "input_result", _OCTETS, "8"),
    Tag(0x1F3B, "tippable", _OCTETS, "13"),
    Tag(0x1F3F, "balance", _NIBBLES, "6.1"),
    Tag(0x1F40, "device_name", _TEXT, "8.3"),
    Tag(0x1F41, "device_version", _TEXT, "8.3"),
    Tag(0x1F42, "device_serial", _OCTETS, "8.3"),
    Tag(0x1F43, "device_state", _OCTETS, "8.3"),
    Tag(0x1F44, "terminal_id", _BCD, "8.3"),
    Tag(0x1F45, "card_ats", _OCTETS, "13"),
    Tag(0x1F46, "card_apdu", _CARD, "6.1"),
    Tag(0x1F47, "card_apdu_error", _CARD, "6.1"),
    Tag(0x1F4C, "card_kind", _OCTETS, "13"),
    Tag(0x1F4D, "card_subkind", _OCTETS, "13"),
    Tag(0x1F4F, "card_atqa", _OCTETS, "13"),
    Tag(0x1F50, "card_sak", _OCTETS, "13"),
    Tag(0x1F51, "sepa_1f51", _TEXT, "8.5"),
    Tag(0x1F52, "sepa_1f52", _TEXT, "8.5"),
    Tag(0x1F53, "sepa_1f53", _TEXT, "8.5"),
    Tag(0x1F54, "sam_key_generation", _OCTETS, "13"),
    Tag(0x1F55, "sam_locks", _OCTETS, "13"),
    Tag(0x1F56, "sam_cid", _OCTETS, "13"),
    Tag(0x1F57, "sam_number", _OCTETS, "13"),
    Tag(0x1F58, "sam_expiry", _OCTETS, "13"),
    Tag(0x1F59, "sam_applications", _OCTETS, "13"),
    Tag(0x1F5B, "poll_timeout_s", _OCTETS, "6.3"),
    Tag(0x1F5E, "sepa_1f5e", _TEXT, "8.5"),
    Tag(0x1F5F, "sepa_1f5f", _TEXT, "8.5"),
    Tag(0x1F60, "technologies", _OCTETS, "6.6"),
    Tag(0x1F62, "reference_prefix", _OCTETS, "13"),
    Tag(0x1F63, "reference", _OCTETS, "13"),
    Tag(0x1F6A, "remaining_amount", _NIBBLES, "13"),  # a leading D is a minus
    Tag(0x1F6B, "age_check_years", _OCTETS, "13"),
    Tag(0x1F6C, "age_check_result", _OCTETS, "13"),
    Tag(0x1F70, "partial_approval_allowed", _OCTETS, "6.3"),
    Tag(0x1F71, "tags_supported", _OCTETS, "6.2"),
    Tag(0x1F72, "contactless_poll", _OCTETS, "6.7"),
    Tag(0x1F73, "message_number", _BCD, "9.4"),
    Tag(0x1F76, "dukpt", _OCTETS, "6.7"),
    Tag(0x1F78, "restart_told", _OCTETS, "6.7"),
    Tag(0x1F79, "action_request", _OCTETS, "8.3"),
    Tag(0x1F80, "file_name", _TEXT, "5.3"),
    Tag(0x1F81, "mime_type", _TEXT, "5.3"),
    Tag(0x1F82, "file_reference_1f82", _OCTETS, "5.3"),
    Tag(0x1F83, "file_reference_1f83", _OCTETS, "5.3"),
    Tag(0xE1, "bonus", _OBJECTS, "13"),
    Tag(0xE2, "currency_conversion", _OBJECTS, "8.5"),
    Tag(0xE3, "barcode_texts", _OBJECTS, "8.4"),
    Tag(0xE4, "device", _OBJECTS, "8.3"),
    Tag(0xE6, "card_kinds", _OBJECTS, "13"),
    Tag(0xE7, "sam", _OBJECTS, "8.3"),
    Tag(0xE8, "value_added_services", _OBJECTS, "6.3"),
    Tag(0xE9, "reference_number", _OBJECTS, "13"),
    Tag(0xEA, "membership", _OBJECTS, "13"),
    Tag(0xC0, "card_complete_c0", _OCTETS, "13"),  # card complete, as are the next three
    Tag(0xD0, "card_complete_d0", _OCTETS, "13"),
    Tag(0xD1, "card_complete_d1", _OCTETS, "13"),
    Tag(0xDF01, "card_complete_df01", _OCTETS, "13"),
    Tag(0xFF40, "feig_password", _OCTETS, "13"),  # Feig, as is the next: raw, against their bit
    Tag(0xFF41, "feig_host", _OCTETS, "13"),
)

BY_NUMBER = {row.number: row for row in TABLE}
BY_NAME = {row.name: row for row in TABLE}
