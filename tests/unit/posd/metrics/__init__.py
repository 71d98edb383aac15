"""Tests of what Prometheus is told, a module each."""
