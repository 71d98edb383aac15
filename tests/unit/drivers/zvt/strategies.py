"""What the property tests of the grammar draw from."""

from itertools import pairwise

from hypothesis import strategies as st


def cuts() -> st.SearchStrategy[list[int]]:
    """Places to cut a stream at, as any numbers; `cut_up` brings them into range."""
    return st.lists(st.integers(0, 1 << 16), max_size=8)


def cut_up(octets: bytes, places: list[int]) -> list[bytes]:
    """The stream in pieces, empty ones included."""
    bounds = [0, *sorted(place % (len(octets) + 1) for place in places), len(octets)]
    return [octets[start:end] for start, end in pairwise(bounds)]
