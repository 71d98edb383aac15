"""ZVT, the till interface of card terminals in Germany, Austria and Switzerland.

Bytes: `crc`, `cursor`, `masking`, `charset`, `coding`, `apdu`, `framing`. The manual's tables:
`codes`, `tags` and `tlv`, `bmp`. What a message means: `bitmaps`, `totals`, `fields`, `untagged`;
`administration_commands`, `enquiry_commands`, `payment_commands`, `reports`, `printing`, all of
them in `messages`; `remarks`. The till's side: `link` (serial: ACK, NAK, T1, T2, three tries; TCP:
bare APDUs), `receipts`, `turn` (T3, T4, what all dialogues share), `ecr` (questions), `outcome`,
`moves`, `stopping` and `money` (the money decision), `card` (ZVT's words to Stripe's), `settings`,
`conversation` (dialogues over one link) and last `reader`, the port, with `introduction` beside it
(who are you, for a look). Only these three are not pure. `parts`, `capture` and `recording` keep a
dialogue without what it gives away. Section numbers name PA00P015 rev 13.08 (A) and PA00P016 rev
04 (T).
"""
