"""Reading octets whole or not at all."""

from posd_drivers.errors import Malformed, Truncated


class Cursor:
    """A place in octets that only moves forward, and only by whole items.

    `offset` counts from the beginning of what is being read; `origin` lets a cursor over a part
    of it keep counting there.
    """

    __slots__ = ("_octets", "_origin", "_position")

    def __init__(self, octets: bytes, origin: int = 0) -> None:
        self._octets = octets
        self._origin = origin
        self._position = 0

    @property
    def offset(self) -> int:
        """Where the next octet stands, in bytes."""
        return self._origin + self._position

    @property
    def left(self) -> int:
        """How many octets are left."""
        return len(self._octets) - self._position

    def take(self, count: int) -> bytes:
        """The next `count` octets. Raises Truncated, without moving, if they are not there yet."""
        start = self._position
        end = start + count
        if end > len(self._octets):
            raise Truncated
        self._position = end
        return self._octets[start:end]

    def expect(self, count: int, what: str) -> bytes:
        """The next `count` octets of something that is complete. Raises Malformed if it is not."""
        start = self._position
        end = start + count
        if end > len(self._octets):
            raise Malformed(what, self.offset)
        self._position = end
        return self._octets[start:end]

    def peek(self) -> int | None:
        """The next octet, left where it is; None at the end."""
        return self._octets[self._position] if self.left else None

    def fork(self) -> "Cursor":
        """A second cursor at the same place, to look ahead with."""
        ahead = Cursor(self._octets, self._origin)
        ahead._position = self._position
        return ahead

    def rest(self) -> bytes:
        """Everything that is left, possibly nothing."""
        return self.take(self.left)
