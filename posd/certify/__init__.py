"""A person and a real terminal, without a running posd: dialogues to keep and cases to go through.

Read `visit` (one dialogue with a terminal that nobody else holds), then `cases` (the twelve cases).
What is taken here is in no journal: a person stands by. Imported by `posd.cli_terminal`.
"""
