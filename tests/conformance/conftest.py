"""The processes of the crash tests serve here as well."""

from tests.crash.conftest import nursery, stripe

__all__ = ["nursery", "stripe"]
