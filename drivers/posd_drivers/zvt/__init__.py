"""ZVT, the till interface of card terminals in Germany, Austria and Switzerland.

Bytes: `crc`, `cursor`, `masking`, `charset`, `apdu`, `framing`. The manual's tables: `codes`,
`bmp`, `tlv`. What a message means: `fields`, `untagged`, `commands`, `reports`, `printing`,
`messages`. The till's side: `link` (serial: ACK, NAK, T1, T2, three tries; TCP: bare APDUs),
`receipts`, `turn` (T3, T4, what both dialogues share), `ecr` (questions), `outcome` and
`authorisation` (the money decision), `card` (ZVT's words to Stripe's) and last `reader`, the only
module here that is not pure. Section numbers name PA00P015 rev 13.08 (A) and PA00P016 rev 04 (T).
"""
