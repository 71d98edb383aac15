"""The support file: one zip that says how a store is, and nothing worth stealing.

Read redaction (which parts of a fact go along), contents (every file of it), bundle (the zip, made
when somebody asks). Nothing but bundle is imported before that.
"""
