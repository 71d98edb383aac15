"""ZVT, the till interface of card terminals in Germany, Austria and Switzerland.

Read `crc`, `cursor`, `apdu`, `framing` (bytes), then `bmp`, `tlv`, `codes` (the manual's tables),
`fields`, `messages` (what a message means), `link` (serial: ACK, NAK, T1, T2, three tries; TCP:
bare APDUs), `ecr` (turn-taking, T3, T4, the money decision), `card` (ZVT's words to Stripe's) and
last `reader`, the only module here that is not pure. Section numbers name PA00P015 rev 13.08 (A)
and PA00P016 rev 04 (T).
"""
