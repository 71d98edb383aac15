"""posd against its budgets: `__main__` prints the table, one module a measure, `rig` runs things."""
