"""Tests of the address that is told of alarms."""
