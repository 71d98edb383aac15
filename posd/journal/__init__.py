"""What is durable: facts, the records they add up to, what is owed upstream, who asked for what.

Read `command` (what a caller hands in and gets back), `store` (a writer connection that groups
commits; a query-only connection), `commit` (one command in one savepoint), `tail`, `queries`,
`outbox`, and `schema/` (one SQL file a version).
"""
