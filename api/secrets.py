"""The keys of an installation, and what they seal: ID numbers at rest and card codes.

The key file is made once with mode 0600. Losing it makes cards unreadable and ID numbers unrecoverable, so
``db backup`` names it beside the backup and ``docs/how-to/operate.md`` says where to keep a copy.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from api.failures import UnreadableFile

NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Secrets:
    """Keys of 32 bytes: cards by key id, one for sealing ID numbers, one for finding them."""

    card_keys: dict[int, bytes]
    card_key_id: int
    seal_key: bytes
    search_key: bytes

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
    """Read the key file, making it on the first call."""
    if not path.exists():
        _write_new(path)
    stored = json.loads(path.read_text(encoding="utf-8"))
    return Secrets(
        card_keys={int(k): bytes.fromhex(v) for k, v in stored["card_keys"].items()},
        card_key_id=int(stored["card_key_id"]),
        seal_key=bytes.fromhex(stored["seal_key"]),
        search_key=bytes.fromhex(stored["search_key"]),
    )


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


def _write_new(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    keys = {
        "card_keys": {"1": secrets.token_hex(32)},
        "card_key_id": 1,
        "seal_key": secrets.token_hex(32),
        "search_key": secrets.token_hex(32),
    }
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(keys, file, indent=1)
