"""A store for many days. `make nightly` goes on where they end."""
