"""The real cost of scrypt is held by one test of its own; the others would take seconds for it."""

import pytest

from posd.page import pin


@pytest.fixture(autouse=True)
def quick_scrypt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pin, "SCRYPT_N", 2)
