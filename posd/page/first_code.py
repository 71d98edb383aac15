"""The code that lets somebody set the PIN: told once, in posd's log or at the machine."""

import hmac
import secrets
from collections.abc import Callable
from typing import Final

SIGNS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""What can be told apart on a screen and over the telephone."""
SIGNS_IN_ALL: Final = 8
"""40 bits: at the pace that the count of wrong tries leaves, nobody finds one."""
GROUP_SIGNS: Final = 4


class FirstCode:
    """The one code that counts, in memory only. `choose` draws one sign of what it is given."""

    def __init__(self, choose: Callable[[str], str] = secrets.choice) -> None:
        self._choose = choose
        self._code = ""

    def draw(self) -> str:
        """A new code, as a person reads it; any before it counts no more."""
        self._code = "".join(self._choose(SIGNS) for _ in range(SIGNS_IN_ALL))
        return f"{self._code[:GROUP_SIGNS]}-{self._code[GROUP_SIGNS:]}"

    def matches(self, typed: str) -> bool:
        """Whether it is the code, however it was typed. Without a code, nothing is."""
        plain = "".join(sign for sign in typed.upper() if sign.isalnum())
        return hmac.compare_digest(plain.encode(), self._code.encode()) and bool(self._code)

    def spend(self) -> None:
        """There is no code any more."""
        self._code = ""
