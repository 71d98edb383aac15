import pytest

from posd_drivers.errors import Malformed, Truncated
from posd_drivers.zvt.cursor import Cursor


def test_takes_whole_items_and_knows_where_it_is() -> None:
    cursor = Cursor(b"abcdef")
    assert cursor.take(2) == b"ab"
    assert (cursor.offset, cursor.left) == (2, 4)
    assert cursor.rest() == b"cdef"
    assert (cursor.offset, cursor.left) == (6, 0)


def test_a_truncated_item_leaves_the_cursor_where_it_was() -> None:
    cursor = Cursor(b"abc")
    cursor.take(1)
    with pytest.raises(Truncated):
        cursor.take(3)
    assert cursor.take(2) == b"bc"


def test_what_must_be_there_and_is_not_is_malformed_at_its_place() -> None:
    cursor = Cursor(b"abc", origin=10)
    assert cursor.expect(1, "amount") == b"a"
    with pytest.raises(Malformed) as caught:
        cursor.expect(3, "amount")
    assert (caught.value.what, caught.value.offset) == ("amount", 11)


def test_peeks_without_moving() -> None:
    cursor = Cursor(b"a")
    assert cursor.peek() == ord("a")
    assert cursor.take(1) == b"a"
    assert cursor.peek() is None
    assert cursor.take(0) == b""
