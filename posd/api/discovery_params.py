"""What may be asked of what is plugged in."""

from posd.api.params import Flag, Params


class Discover(Params):
    """`GET /posd/v1/readers/discovered`."""

    all: Flag = None
    look: Flag = None
