"""The repository holds itself to what its documents say: read `tree` first, then any test."""
