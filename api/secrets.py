"""The keys of an installation, and what they seal: ID numbers at rest and card codes.

The key file is made once with mode 0600. Losing it makes cards unreadable and ID numbers unrecoverable, so
``db backup`` names it beside the backup and ``docs/how-to/operate.md`` says where to keep a copy. Card keys are
rotated in it while servers run: they look at the file again when it was replaced.
"""

import base64
import fcntl
import hashlib
import hmac
import json
import os
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from api.failures import ApiError, NotFound, UnreadableFile

NONCE_BYTES = 12


LIVE_KEYS = 2
LAST_KEY_ID = 255


@dataclass(eq=False)
class CardKeysFull(ApiError):
    """Two card keys are live already: the older one (``key_id``) must be retired before another is made."""

    code: ClassVar[str] = "api.card_keys_full"
    key_id: int


@dataclass(eq=False)
class CardKeyIssuing(ApiError):
    """The key to be retired is the one that new cards are made with."""

    code: ClassVar[str] = "api.card_key_issuing"
    key_id: int


@dataclass(frozen=True, slots=True)
class CardKeys:
    """The live card keys (32 bytes each) by their id, and the id that new cards carry."""

    issuing_id: int
    by_id: Mapping[int, bytes] = field(repr=False)


class CardKeyFile:
    """The card keys as the key file states them now: a rotation needs no restart of a running server."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._seen = _stamp(path)
        self._keys = _card_keys(_load(path))

    def keys(self) -> CardKeys:
        """The keys of the newest file that can be read; a missing or broken one changes nothing."""
        try:
            stamp = _stamp(self._path)
            if stamp != self._seen:
                with self._lock:
                    self._keys, self._seen = _card_keys(_load(self._path)), stamp
        except (OSError, UnreadableFile):
            pass
        return self._keys


@dataclass(frozen=True, slots=True)
class Secrets:
    """Keys of 32 bytes: cards by key id, one for sealing ID numbers, one for finding them."""

    card_file: CardKeyFile
    seal_key: bytes = field(repr=False)
    search_key: bytes = field(repr=False)

    @property
    def card_keys(self) -> dict[int, bytes]:
        """The live card keys by id."""
        return dict(self.card_file.keys().by_id)

    @property
    def card_key_id(self) -> int:
        """The id of the key that new cards are made with."""
        return self.card_file.keys().issuing_id

    def seal_id(self, number: str) -> str:
        """An ID number as AES-256-GCM cipher text (base64: nonce, text, tag)."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(self.seal_key).encrypt(nonce, number.encode(), None)
        return base64.b64encode(nonce + sealed).decode()

    def open_id(self, cipher: str) -> str:
        """The ID number behind a cipher text.

        Raises:
            cryptography.exceptions.InvalidTag: when it was changed or sealed with another key.
        """
        raw = base64.b64decode(cipher)
        return AESGCM(self.seal_key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], None).decode()

    def search_hash(self, number: str) -> str:
        """HMAC-SHA256 of an ID number: finds a person without storing the number in the open."""
        return hmac.new(self.search_key, number.encode(), hashlib.sha256).hexdigest()


def read_secrets(path: Path) -> Secrets:
    """Read the key file, making it on the first call.

    Raises:
        UnreadableFile: a file that does not hold the keys.
    """
    if not path.exists():
        _write_first(path)
    stored = _load(path)
    try:
        seal_key, search_key = (bytes.fromhex(stored[name]) for name in ("seal_key", "search_key"))
    except (KeyError, ValueError, TypeError) as error:
        raise UnreadableFile(str(path), repr(error)) from error
    return Secrets(CardKeyFile(path), seal_key, search_key)


def add_card_key(path: Path) -> int:
    """Make a new card key and issue with it from now on; the older one stays live. The new key's id.

    Raises:
        CardKeysFull: two keys are live already.
        UnreadableFile: the key file does not hold the keys.
    """
    with _file_alone(path):
        stored = _load(path)
        keys = _card_keys(stored)
        if len(keys.by_id) >= LIVE_KEYS:
            raise CardKeysFull(next(k for k in keys.by_id if k != keys.issuing_id))
        new_id = keys.issuing_id % LAST_KEY_ID + 1
        stored["card_keys"][str(new_id)] = secrets.token_hex(32)
        stored["card_key_id"] = new_id
        _replace(path, stored)
    return new_id


def check_retirable(keys: CardKeys, key_id: int) -> None:
    """Whether a card key may go.

    Raises:
        NotFound: no live key has this id.
        CardKeyIssuing: new cards are made with it.
    """
    if key_id not in keys.by_id:
        raise NotFound("card key", str(key_id))
    if key_id == keys.issuing_id:
        raise CardKeyIssuing(key_id)


def drop_card_key(path: Path, key_id: int) -> None:
    """Take a card key out of the file: cards and phones that carry it are unreadable from now on.

    Raises:
        NotFound: no live key has this id.
        CardKeyIssuing: new cards are made with it.
        UnreadableFile: the key file does not hold the keys.
    """
    with _file_alone(path):
        stored = _load(path)
        check_retirable(_card_keys(stored), key_id)
        stored["card_keys"] = {k: v for k, v in stored["card_keys"].items() if int(k) != key_id}
        _replace(path, stored)


TrustedKeys = dict[tuple[str, int], Ed25519PublicKey]
"""(county code, key id) -> public key of that county's cards."""


def read_trusted(path: Path) -> TrustedKeys:
    """The card keys of other counties; nothing when the file is missing.

    Raises:
        UnreadableFile: a file that is not {county: {key id: 64 hexadecimal digits}}.
    """
    if not path.exists():
        return {}
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return {
            (str(county), int(key_id)): Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
            for county, keys in stored.items()
            for key_id, key in keys.items()
        }
    except (ValueError, AttributeError, TypeError) as error:
        raise UnreadableFile(str(path), str(error)) from error


def _load(path: Path) -> dict[str, Any]:
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UnreadableFile(str(path), str(error)) from error
    if not isinstance(stored, dict):
        raise UnreadableFile(str(path), type(stored).__name__)
    return stored


def _card_keys(stored: Mapping[str, Any]) -> CardKeys:
    try:
        by_id = {int(k): bytes.fromhex(v) for k, v in stored["card_keys"].items()}
        return CardKeys(int(stored["card_key_id"]), by_id)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise UnreadableFile("keys.json", repr(error)) from error


def _stamp(path: Path) -> tuple[int, int, int]:
    """What changes when the file is replaced."""
    found = path.stat()
    return found.st_ino, found.st_mtime_ns, found.st_size


def _write_first(path: Path) -> None:
    """Make the key file, unless another program has just made it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _file_alone(path):
        if path.exists():
            return
        keys = {
            "card_keys": {"1": secrets.token_hex(32)},
            "card_key_id": 1,
            "seal_key": secrets.token_hex(32),
            "search_key": secrets.token_hex(32),
        }
        _replace(path, keys)


def _replace(path: Path, stored: Mapping[str, Any]) -> None:
    """Write the key file whole or not at all, mode 0600, and on the disk before anything depends on it."""
    draft = path.with_name(path.name + ".part")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(stored, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def _file_alone(path: Path) -> Iterator[None]:
    """Be the only program that changes the key file."""
    with path.with_name(path.name + ".lock").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
