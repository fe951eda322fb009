"""The till's log: what was durable comes back, a torn end is cut off, damage is never overlooked."""

import errno
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.errors import TillLogDamaged
from pos.till.entries import Began, Dropped, Entry, Kept, Listed, Synced
from pos.till.log import Log, frame

AT = datetime(2026, 11, 23, 4, tzinfo=UTC)


class Bytes:
    """A storage in memory; ``room`` is what it still takes."""

    def __init__(self, data: bytes = b"", room: int | None = None) -> None:
        self.data, self.room = data, room

    def read(self) -> bytes:
        return self.data

    def append(self, data: bytes) -> None:
        if self.room is not None and len(data) > self.room:
            self.data += data[: self.room]
            raise OSError(errno.ENOSPC, "full")
        self.data += data

    def truncate(self, size: int) -> None:
        self.data = self.data[:size]


ENTRIES = st.lists(
    st.one_of(
        st.builds(Began, st.integers(1, 9)),
        st.builds(Listed, st.integers(1, 999)),
        st.builds(Dropped, st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)),
        st.builds(Kept, st.just("till-1-4-abc")),
        st.just(Synced(AT)),
    ),
    max_size=8,
)


def written(entries: list[Entry]) -> bytes:
    storage = Bytes()
    Log(storage).append(*entries)
    return storage.data


@given(ENTRIES)
def test_what_was_written_comes_back_in_order(entries: list[Entry]) -> None:
    assert list(Log(Bytes(written(entries))).entries) == entries


@given(ENTRIES, st.data())
def test_a_log_torn_at_any_byte_keeps_every_whole_record_and_nothing_else(
    entries: list[Entry], data: st.DataObject
) -> None:
    whole = written(entries)
    cut = data.draw(st.integers(0, len(whole)))
    storage = Bytes(whole[:cut])
    kept = list(Log(storage).entries)
    assert kept == entries[: len(kept)]
    assert storage.data == written(kept)
    assert len(written(entries[: len(kept) + 1])) > cut or kept == entries
    Log(storage).append(Began(7))
    assert list(Log(storage).entries) == [*kept, Began(7)]


@given(ENTRIES.filter(bool), st.integers(1, 64))
def test_blocks_that_were_never_filled_are_cut_off(entries: list[Entry], zeros: int) -> None:
    storage = Bytes(written(entries) + bytes(zeros))
    assert list(Log(storage).entries) == entries
    assert storage.data == written(entries)


@given(ENTRIES.filter(lambda e: len(e) > 1), st.data())
def test_any_changed_byte_of_a_whole_log_is_damage_and_cuts_nothing(
    entries: list[Entry], data: st.DataObject
) -> None:
    whole = bytearray(written(entries))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    storage = Bytes(bytes(whole))
    if bytes(whole[-1:]) == b"\0":  # may be a block that was never filled: no damage can be told
        return
    with pytest.raises(TillLogDamaged):
        Log(storage)
    assert storage.data == bytes(whole)


def test_a_whole_frame_that_says_nothing_known_is_damage_at_its_first_byte() -> None:
    first = written([Began(1)])
    with pytest.raises(TillLogDamaged) as caught:
        Log(Bytes(first + frame(b'{"type":"unheard"}')))
    assert caught.value.at == len(first)


def test_a_full_storage_adds_nothing_and_the_log_goes_on_once_there_is_room() -> None:
    storage = Bytes(written([Began(1)]), room=5)
    log = Log(storage)
    with pytest.raises(OSError, match="full"):
        log.append(Listed(3))
    storage.room = None
    log.append(Listed(4))
    assert list(Log(storage).entries) == [Began(1), Listed(4)]


def test_an_empty_storage_is_an_empty_log() -> None:
    assert Log(Bytes()).entries == ()


def test_the_bytes_of_a_frame_are_length_checksum_and_content() -> None:
    assert frame(b"{}").hex() == "00000002a3a6bf437b7d"
