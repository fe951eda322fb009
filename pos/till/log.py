"""The till's log: records framed by length and checksum, appended and never changed.

A frame is the length of what follows (4 bytes), the CRC-32 of what follows (4 bytes), and the content, JSON. Power that fails in the middle of a write leaves the beginning of what was being written, or blocks
that were never filled: that is cut off, since nobody acted on it. Anything else that cannot be read is damage.
"""

import struct
import zlib
from collections.abc import Iterator

import msgspec

from pos.errors import TillLogDamaged
from pos.till.entries import Entry
from pos.till.ports import Storage

_HEAD = struct.Struct(">II")
_LONGEST = 1_000_000
_decode = msgspec.json.Decoder(Entry).decode
_encode = msgspec.json.Encoder().encode


class Log:
    """A log over a storage; reading it cuts off a torn end.

    Raises:
        TillLogDamaged: something before the end cannot be read.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        data = storage.read()
        contents, self._size = _frames(data)
        if self._size < len(data):
            storage.truncate(self._size)
        self.entries = tuple(_entries(contents))

    def append(self, *entries: Entry) -> None:
        """Write entries in one piece; they are durable on return.

        Raises:
            OSError: no room; nothing was added.
        """
        data = b"".join(frame(_encode(entry)) for entry in entries)
        try:
            self._storage.append(data)
        except OSError:
            self._storage.truncate(self._size)
            raise
        self._size += len(data)


def frame(content: bytes) -> bytes:
    """A content with its length and checksum before it."""
    return _HEAD.pack(len(content), zlib.crc32(content)) + content


def _entries(contents: list[tuple[int, bytes]]) -> Iterator[Entry]:
    for at, content in contents:
        try:
            yield _decode(content)
        except msgspec.MsgspecError as fault:
            raise TillLogDamaged(at) from fault


def _frames(data: bytes) -> tuple[list[tuple[int, bytes]], int]:
    """Every whole frame with its place, and where the last one ends."""
    found: list[tuple[int, bytes]] = []
    at = 0
    while at < len(data):
        content = _content_at(data, at)
        if content is None:
            if not _is_torn(data, at):
                raise TillLogDamaged(at)
            break
        found.append((at, content))
        at += _HEAD.size + len(content)
    return found, at


def _content_at(data: bytes, at: int) -> bytes | None:
    """The content of the frame that begins at a place, or None when no whole frame does."""
    if at + _HEAD.size > len(data):
        return None
    length, checksum = _HEAD.unpack_from(data, at)
    start = at + _HEAD.size
    if not 0 < length <= min(_LONGEST, len(data) - start):
        return None
    content = data[start : start + length]
    return content if zlib.crc32(content) == checksum else None


def _is_torn(data: bytes, at: int) -> bool:
    """Whether what begins at a place can be the rest of a write that did not finish.

    It can when it is shorter than it says or ends in a block that was never filled, and no whole frame follows.
    """
    rest = len(data) - at
    if rest >= _HEAD.size and any(data[at:]):
        length, checksum = _HEAD.unpack_from(data, at)
        unfilled = not any(data[-1:])
        if not 0 < length <= _LONGEST or (length <= rest - _HEAD.size and not unfilled):
            return False
        if zlib.crc32(data[at + _HEAD.size :]) == checksum:  # whole, but its length was changed
            return False
    return all(_content_at(data, later) is None for later in range(at + 1, len(data) - _HEAD.size))
