"""The HTTP API: with fakes behind it and a client of its own in front of it."""
