"""The cable between till and terminal."""

import asyncio


class Cable:
    """Plugged in or not; whoever owns the line looks here before it is remade."""

    def __init__(self) -> None:
        self._in = asyncio.Event()
        self._in.set()
        self._back: asyncio.TimerHandle | None = None

    @property
    def plugged(self) -> bool:
        """Whether it is plugged in."""
        return self._in.is_set()

    def pull(self, for_s: float | None) -> None:
        """Pull it out for `for_s` seconds, or None: until it is plugged in."""
        self._forget()
        self._in.clear()
        if for_s is not None:
            self._back = asyncio.get_running_loop().call_later(for_s, self.plug)

    def plug(self) -> None:
        """Plug it in."""
        self._forget()
        self._in.set()

    async def until_plugged(self) -> None:
        """Return once it is plugged in."""
        await self._in.wait()

    def _forget(self) -> None:
        if self._back is not None:
            self._back.cancel()
            self._back = None
