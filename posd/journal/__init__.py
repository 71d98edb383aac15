"""What is durable: facts, the records they add up to, what is owed upstream, who asked for what.

Read `command` (what a caller hands in and gets back), `store` (the journal, opened and used),
`writer` and `executor` (batches that share one fsync), `commit` (one command, all or nothing),
`segments` and `chain` (where facts lie and how each proves the one before), `verify`; then what is
made of facts: `records`, `ledger`, `events`, `outbox`; who reads: `queries`, `tail`; and
`connection`, `steps`, `lock`, `schema/` (the layout, its additive steps and their refills). What an
operator does with the file, and no running posd: `backup` and `inspection`, then `retention` (what
may leave), `archive` (how it leaves) and `border` (where the journal begins since).
"""
