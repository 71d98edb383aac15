"""The hash chain: computed by hand once, changed by every field, ambiguous for none."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from posd.errors import JournalDamaged
from posd.journal import chain
from posd.journal.command import Entry

FIRST = Entry(
    seq=1,
    kind="DaemonStarted",
    version=1,
    object="store",
    boot=1,
    node="n",
    actor="posd",
    account="",
    livemode=False,
    wall_ms=-1,
    legs=b"{}",
    body=b'{"software":"x"}',
    previous=bytes(32),
    hash=b"",
    fact=None,
)


def _text(text: bytes) -> bytes:
    return b"s" + len(text).to_bytes(8, "big") + text


def test_the_serialisation_is_the_documented_one() -> None:
    one = b"i\x00\x00\x00\x00\x00\x00\x00\x01"
    written = (
        b"posd fact 1"
        + one
        + _text(b"DaemonStarted")
        + one
        + _text(b"store")
        + one
        + _text(b"n")
        + _text(b"posd")
        + _text(b"")
        + b"i\x00\x00\x00\x00\x00\x00\x00\x00"
        + b"i\xff\xff\xff\xff\xff\xff\xff\xff"
        + b"b\x00\x00\x00\x00\x00\x00\x00\x02{}"
        + b'b\x00\x00\x00\x00\x00\x00\x00\x10{"software":"x"}'
        + b"b\x00\x00\x00\x00\x00\x00\x00\x20"
        + bytes(32)
    )
    assert chain.hash_of(FIRST) == hashlib.sha256(written).digest()


@pytest.mark.parametrize(
    "changed",
    [
        {"seq": 2},
        {"kind": "DaemonStopped"},
        {"version": 2},
        {"object": "stor"},
        {"boot": 2},
        {"node": "m"},
        {"actor": "sync"},
        {"account": "acct_1"},
        {"livemode": True},
        {"wall_ms": 0},
        {"legs": b"{} "},
        {"body": b'{"software":"y"}'},
        {"previous": b"\x01" * 32},
    ],
)
def test_every_field_is_in_the_hash(changed: dict[str, object]) -> None:
    assert chain.hash_of(replace(FIRST, **changed)) != chain.hash_of(FIRST)


@given(st.text(), st.text(), st.text(), st.text())
def test_no_two_contents_share_a_serialisation(a: str, b: str, c: str, d: str) -> None:
    one = chain.hash_of(replace(FIRST, node=a, actor=b))
    other = chain.hash_of(replace(FIRST, node=c, actor=d))
    assert (one == other) is ((a, b) == (c, d))


def test_an_entry_follows_only_its_predecessor() -> None:
    first = chain.seal(FIRST)
    second = chain.seal(replace(FIRST, seq=2, previous=first.hash))
    assert chain.follow(0, chain.GENESIS, first) == (1, first.hash)
    assert chain.follow(1, first.hash, second) == (2, second.hash)
    for seq, previous, entry in (
        (0, chain.GENESIS, second),
        (1, chain.GENESIS, second),
        (1, first.hash, replace(second, body=b"{}")),
        (1, first.hash, replace(second, hash=bytes(32))),
    ):
        with pytest.raises(JournalDamaged):
            chain.follow(seq, previous, entry)
