"""Tests of what the snapshot is made of, a module each."""
