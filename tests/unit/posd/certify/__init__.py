"""Terminals that a person stands by."""
