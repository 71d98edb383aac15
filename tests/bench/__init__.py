"""posd against its budgets: `__main__` prints the table, a module a measure, `rig` runs things."""
